# Optional libraries, found or left out: without one, the functions that need it throw an error that says how to get it.
set(taper_optional_definitions "")  # TAPER_HAS_NAME of each that was found, for the tests
set(taper_optional_packages "")     # what a program that links the static library must find, too

# has(NAME LIBRARY SOURCE...): links the library, and tells the sources that use it.
function(has name library)
  target_link_libraries(taper PRIVATE ${library})
  set_property(SOURCE ${ARGN} APPEND PROPERTY COMPILE_DEFINITIONS TAPER_HAS_${name})
  set(taper_optional_definitions ${taper_optional_definitions} TAPER_HAS_${name} PARENT_SCOPE)
endfunction()

# has_messages(PROTO SOURCE): what protoc makes of PROTO, for SOURCE, which includes <NAME.pb.h>. No program sees its symbols.
function(has_messages proto source)
  cmake_path(GET proto STEM name)
  cmake_path(GET proto PARENT_PATH folder)
  set(messages ${PROJECT_BINARY_DIR}/messages)
  set(made ${messages}/${name}.pb)
  file(MAKE_DIRECTORY ${messages})
  add_custom_command(
    OUTPUT ${made}.cc ${made}.h
    COMMAND protobuf::protoc --cpp_out=dllexport_decl=TAPER_HIDDEN:${messages}
            --proto_path=${PROJECT_SOURCE_DIR}/${folder} ${PROJECT_SOURCE_DIR}/${proto}
    DEPENDS ${PROJECT_SOURCE_DIR}/${proto} VERBATIM)
  target_sources(taper PRIVATE ${made}.cc)
  set_source_files_properties(${made}.cc PROPERTIES
    COMPILE_OPTIONS "-w;-Os;-fvisibility=hidden" SKIP_PRECOMPILE_HEADERS ON)
  set_property(SOURCE ${source} APPEND PROPERTY OBJECT_DEPENDS ${made}.h)
  set_property(SOURCE ${source} APPEND PROPERTY COMPILE_OPTIONS "-isystem${messages}")
  set_property(SOURCE ${source} ${made}.cc APPEND PROPERTY
               COMPILE_DEFINITIONS "TAPER_HIDDEN=__attribute__((visibility(\"hidden\")))")
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
  has_messages(interop/onnx.proto interop/onnx.cpp)
  has_messages(train/tensorboard.proto train/tensorboard.cpp)
  list(APPEND taper_optional_packages Protobuf)
endif()
# A program loads only those of them that it uses.
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  target_link_options(taper INTERFACE LINKER:--as-needed)
endif()
