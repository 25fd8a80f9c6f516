# Tests of the installed library, and of each public header by itself.
if(NOT taper_fetched)
  set(prefix ${CMAKE_CURRENT_BINARY_DIR}/install)
  add_test(NAME "install: cmake --install"
           COMMAND ${CMAKE_COMMAND} --install ${PROJECT_BINARY_DIR} --prefix ${prefix})
  add_test(NAME "install: a program outside of the source tree"
           COMMAND ${CMAKE_CTEST_COMMAND} --build-and-test ${CMAKE_CURRENT_SOURCE_DIR}/install ${prefix}/build
                   --build-generator ${CMAKE_GENERATOR}
                   --build-options -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}
                                   -DCMAKE_BUILD_TYPE=Release
                   --test-command user)
  set_tests_properties("install: cmake --install" PROPERTIES FIXTURES_SETUP installed)
  set_tests_properties("install: a program outside of the source tree" PROPERTIES FIXTURES_REQUIRED installed)
endif()

# Compiling this library is the test: a header that leans on another's includes fails.
foreach(header ${taper_headers})
  set(source ${CMAKE_CURRENT_BINARY_DIR}/headers/${header}.cpp)
  file(GENERATE OUTPUT ${source} CONTENT "// Compiles one header by itself.\n#include <taper/${header}>\n")
  list(APPEND header_sources ${source})
endforeach()
add_library(test_headers OBJECT ${header_sources})
target_link_libraries(test_headers PRIVATE taper_options)
# Users compile them with their own warnings.
target_compile_options(test_headers PRIVATE -O0 -Wshadow -Wconversion -Werror)

set(guards "NoGrad()" "EnableGrad()" "DetectAnomaly()" "NoDefaultGenerator(\"\")"
           "RandomScope(taper::Generator(1))")
foreach(guard IN LISTS guards)
  string(REGEX MATCH "[A-Za-z:]+" name ${guard})
  add_test(NAME "headers: a ${name} without a name is warned of"
           COMMAND ${CMAKE_CXX_COMPILER} -std=c++20 -fsyntax-only -I${PROJECT_SOURCE_DIR}/include -DGUARD=${guard}
                   ${CMAKE_CURRENT_LIST_DIR}/unnamed_guard.cpp)
  set_tests_properties("headers: a ${name} without a name is warned of" PROPERTIES
                       PASS_REGULAR_EXPRESSION "unnamed_guard.cpp.*nodiscard")
endforeach()
