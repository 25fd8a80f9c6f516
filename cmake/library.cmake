# The library target, taper::taper, and its kernels: each compiled once per instruction set.

file(GLOB taper_sources CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
     tensor/*.cpp autograd/*.cpp autograd/ops/*.cpp nn/*.cpp optim/*.cpp optim/rules/*.cpp
     optim/schedules/*.cpp data/*.cpp io/*.cpp interop/*.cpp train/*.cpp train/plot/*.cpp)
file(GLOB kernel_sources CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
     tensor/kernels/*.cpp tensor/kernels/conv2d/*.cpp)

# The public headers: those of the folders, and the kernels' that they include, directly or not.
file(GLOB taper_headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
     taper.h tensor/*.h autograd/*.h autograd/ops/*.h nn/*.h optim/*.h optim/rules/*.h optim/schedules/*.h
     data/*.h io/*.h interop/*.h train/*.h train/plot/*.h)
set(unread ${taper_headers})
while(unread)
  list(POP_FRONT unread header)
  file(STRINGS ${header} lines REGEX "include <taper/tensor/kernels/")
  foreach(line ${lines})
    string(REGEX REPLACE ".*<taper/(.*)>.*" "\\1" kernel "${line}")
    if(NOT kernel IN_LIST taper_headers)
      list(APPEND taper_headers ${kernel})
      list(APPEND unread ${kernel})
    endif()
  endforeach()
endwhile()

add_library(taper_options INTERFACE)
target_include_directories(taper_options INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
target_compile_features(taper_options INTERFACE cxx_std_20)
# No silent fusing of a * b + c: it would make results depend on the compiler. Kernels ask for FMA where they want it.
target_compile_options(taper_options INTERFACE -Wall -Wextra -Wpedantic -Wno-psabi -ffp-contract=off)
# A program can leave out what it does not use: link with --gc-sections, as the examples do.
target_compile_options(taper_options INTERFACE "$<$<CONFIG:Release>:-ffunction-sections;-fdata-sections>")

# Everything is compiled with the sanitizers, the tests too.
set(TAPER_SANITIZE "" CACHE STRING "Sanitizers to build with: address,undefined or thread")
if(TAPER_SANITIZE)
  add_compile_options(-fsanitize=${TAPER_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_compile_definitions(_GLIBCXX_ASSERTIONS TAPER_SANITIZED)
  add_link_options(-fsanitize=${TAPER_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)  # GCC 12 crashes on both together; so missing includes are found, too
  endif()
endif()
if(TAPER_SANITIZE STREQUAL thread)
  # See Note [ThreadSanitizer] there.
  set_source_files_properties(tensor/parallel.cpp PROPERTIES
    COMPILE_OPTIONS -fno-sanitize=thread COMPILE_DEFINITIONS TAPER_ANNOTATE_THREADS)
endif()

add_library(taper ${taper_sources})
add_library(taper::taper ALIAS taper)
target_compile_features(taper PUBLIC cxx_std_20)
target_include_directories(taper PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
target_link_libraries(taper PRIVATE $<BUILD_INTERFACE:taper_options> TBB::tbb fmt::fmt ZLIB::ZLIB
                      $<BUILD_INTERFACE:nlohmann_json::nlohmann_json> $<BUILD_INTERFACE:Eigen3::Eigen>
                      PUBLIC Threads::Threads)
set_target_properties(taper PROPERTIES POSITION_INDEPENDENT_CODE ON)
# To save time only: each file names what it uses.
target_precompile_headers(taper PRIVATE <algorithm> <cmath> <fmt/format.h> <taper/tensor/tensor.h>)
# Eigen's functions are inline: in a namespace of their own, they do not mix with those of a program that uses Eigen too.
set_source_files_properties(tensor/linalg.cpp PROPERTIES
  COMPILE_DEFINITIONS "Eigen=taper_eigen;EIGEN_DONT_PARALLELIZE" SKIP_PRECOMPILE_HEADERS ON)

# See Note [Instruction sets] in tensor/kernels/dispatch.h.
function(taper_add_kernels isa)
  string(TOLOWER ${isa} suffix)
  add_library(taper_kernels_${suffix} OBJECT ${kernel_sources})
  target_link_libraries(taper_kernels_${suffix} PRIVATE taper_options xsimd)
  # xsimd has inline functions without an instruction set in their names: each set gets a namespace of its own.
  target_compile_definitions(taper_kernels_${suffix} PRIVATE TAPER_ISA=${isa} xsimd=xsimd_${suffix})
  target_precompile_headers(taper_kernels_${suffix} PRIVATE <xsimd/xsimd.hpp>)
  target_compile_options(taper_kernels_${suffix} PRIVATE -fno-math-errno -fno-trapping-math ${ARGN})
  if(TAPER_SANITIZE MATCHES undefined)
    # The hardware and AddressSanitizer notice these; the checks would triple the time to compile a kernel.
    target_compile_options(taper_kernels_${suffix} PRIVATE -fno-sanitize=null,alignment,object-size,vptr)
  endif()
  set_target_properties(taper_kernels_${suffix} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_sources(taper PRIVATE $<TARGET_OBJECTS:taper_kernels_${suffix}>)
endfunction()

if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug" AND NOT TAPER_SANITIZE)
  # GCC mixes independent instructions only if told to: Note [Registers together]. Clang does so anyway.
  set(mixed "$<$<CXX_COMPILER_ID:GNU>:-fschedule-insns;-fsched-pressure>")
  # GCC would keep what the next step of a tile reads again, where no register is left, and address everything by one
  # index: then a multiply-add of a number in memory is two instructions to the core.
  set_source_files_properties(tensor/kernels/gemm.cpp PROPERTIES COMPILE_OPTIONS
                                                                 "$<$<CXX_COMPILER_ID:GNU>:-fno-predictive-commoning;-fno-ivopts>")
  set_source_files_properties(tensor/kernels/reduce.cpp tensor/kernels/aggregate.cpp PROPERTIES COMPILE_OPTIONS "${mixed}")
  # Many small loops, most around one long function: -O3 would write each several times, and take three times as long.
  set_source_files_properties(tensor/kernels/elementwise.cpp PROPERTIES COMPILE_OPTIONS
                                                                        "-O2;-ftree-vectorize;${mixed}")
  # Functions that few programs call: short loops around long ones.
  set_source_files_properties(tensor/kernels/special.cpp tensor/kernels/integer.cpp PROPERTIES COMPILE_OPTIONS
                                                                                              "-O2;-ftree-vectorize")
  # What runs once for each step or less, and large templates of other libraries.
  set(seldom ${taper_sources})
  list(FILTER seldom INCLUDE REGEX "^((nn|optim|data|io|interop|train)/|tensor/linalg.cpp)")
  # What only memory limits, for every dtype.
  set_source_files_properties(${seldom} tensor/index.cpp PROPERTIES COMPILE_OPTIONS -O2)
  # Loops over pixels, which run ahead of every step.
  set_source_files_properties(data/image_color.cpp data/image_geometry.cpp data/resize_image.cpp PROPERTIES COMPILE_OPTIONS -O3)
  set_source_files_properties(optim/fields.cpp optim/pattern.cpp optim/registry.cpp io/safetensors.cpp
                              PROPERTIES COMPILE_OPTIONS -Os SKIP_PRECOMPILE_HEADERS ON)
endif()

option(TAPER_BASELINE_ONLY "Leave out the kernels for AVX2 and AVX-512: a faster build, of a slower library" OFF)
if(TAPER_BASELINE_ONLY OR NOT CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  taper_add_kernels(Baseline)
else()
  taper_add_kernels(Baseline "$<$<CONFIG:Release>:-O2>")  # few machines have no AVX2: 40 % less to compile and to carry
  taper_add_kernels(Avx2 -mavx2 -mfma)
  taper_add_kernels(Avx512 -mavx512f -mavx512cd -mavx512bw -mavx512dq -mavx512vl -mfma -mprefer-vector-width=512
                    "$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized;-Wno-uninitialized>")  # GCC 12 warns about its own intrinsics
endif()
if(TAPER_BASELINE_ONLY)
  target_compile_definitions(taper PUBLIC TAPER_BASELINE_ONLY)
endif()

# The programs that follow are not optimized: with sanitizers, compiling them takes longer than running them.
if(TAPER_SANITIZE)
  add_compile_options(-O0)
endif()
