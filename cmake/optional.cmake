# Optional libraries, found or left out: without one, the functions that need it throw an error that says how to get it.
set(taper_optional_definitions "")  # TAPER_HAS_NAME of each that was found, for the tests
set(taper_optional_packages "")     # what a program that links the static library must find, too

# has(NAME LIBRARY SOURCE...): links the library, and tells the sources that use it.
function(has name library)
  target_link_libraries(taper PRIVATE ${library})
  set_property(SOURCE ${ARGN} APPEND PROPERTY COMPILE_DEFINITIONS TAPER_HAS_${name})
  set(taper_optional_definitions ${taper_optional_definitions} TAPER_HAS_${name} PARENT_SCOPE)
endfunction()

# generate_protobuf(FILE SOURCE...): the messages of FILE.proto become a part of the library, hidden from programs, that these
# sources include as <FILE.pb.h>. The target taper_messages makes them, without the rest of the library.
set(taper_generated ${PROJECT_BINARY_DIR}/protobuf)
function(generate_protobuf file)
  set(output ${taper_generated}/${file}.pb)
  add_custom_command(
    OUTPUT ${output}.cc ${output}.h
    COMMAND ${CMAKE_COMMAND} -E make_directory ${taper_generated}
    COMMAND protobuf::protoc --proto_path=${PROJECT_SOURCE_DIR} --cpp_out=dllexport_decl=TAPER_HIDDEN:${taper_generated}
            ${file}.proto
    DEPENDS ${PROJECT_SOURCE_DIR}/${file}.proto WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} VERBATIM)
  if(NOT TARGET taper_messages)
    add_library(taper_messages OBJECT)
    target_compile_options(taper_messages PRIVATE -fvisibility=hidden -w)
    target_include_directories(taper_messages SYSTEM PRIVATE ${taper_generated} ${Protobuf_INCLUDE_DIRS})
    target_compile_features(taper_messages PRIVATE cxx_std_20)
    set_target_properties(taper_messages PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_sources(taper PRIVATE $<TARGET_OBJECTS:taper_messages>)
    add_dependencies(taper taper_messages)
  endif()
  target_sources(taper_messages PRIVATE ${output}.cc ${output}.h)
  set_property(SOURCE ${output}.cc ${ARGN} APPEND PROPERTY
               COMPILE_DEFINITIONS "TAPER_HIDDEN=__attribute__((visibility(\"hidden\")))")
  set_property(SOURCE ${ARGN} APPEND PROPERTY COMPILE_OPTIONS -isystem${taper_generated})
endfunction()

if(NOT CMAKE_CROSSCOMPILING)
  find_package(PNG QUIET)
  find_package(JPEG QUIET)
  find_package(Protobuf QUIET)
  # Their package files want programs that Debian has elsewhere, and a C compiler.
  find_path(LIBZIP_INCLUDE_DIR zip.h)
  find_library(LIBZIP_LIBRARY zip)
  find_path(HDF5_INCLUDE_DIR hdf5.h PATH_SUFFIXES hdf5/serial)
  find_library(HDF5_LIBRARY hdf5 PATH_SUFFIXES hdf5/serial)
endif()
if(PNG_FOUND)
  has(PNG PNG::PNG io/png.cpp)
  list(APPEND taper_optional_packages PNG)
endif()
if(JPEG_FOUND)
  has(JPEG JPEG::JPEG io/jpeg.cpp)
  list(APPEND taper_optional_packages JPEG)
endif()
if(LIBZIP_INCLUDE_DIR AND LIBZIP_LIBRARY)
  has(LIBZIP ${LIBZIP_LIBRARY} io/zip.cpp)
endif()
if(HDF5_INCLUDE_DIR AND HDF5_LIBRARY)
  has(HDF5 ${HDF5_LIBRARY} io/hdf5.cpp)
  set_property(SOURCE io/hdf5.cpp APPEND PROPERTY INCLUDE_DIRECTORIES ${HDF5_INCLUDE_DIR})
endif()
if(TARGET protobuf::libprotobuf-lite AND TARGET protobuf::protoc)
  has(PROTOBUF protobuf::libprotobuf-lite interop/onnx.cpp train/tensorboard.cpp)
  generate_protobuf(train/tensorboard train/tensorboard.cpp)
  generate_protobuf(interop/onnx interop/onnx.cpp)
  list(APPEND taper_optional_packages Protobuf)
endif()
# A program loads only those of them that it uses.
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  target_link_options(taper INTERFACE LINKER:--as-needed)
endif()
