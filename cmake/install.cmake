# cmake --install: the public headers, the library, and what find_package(taper) reads.
if(taper_fetched)
  message(STATUS "No install rules: ${taper_fetched} were fetched and would not be installed along")
  return()
endif()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/taper)

foreach(header ${taper_headers})
  cmake_path(GET header PARENT_PATH folder)
  install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/taper/${folder})
endforeach()
install(TARGETS taper EXPORT taperTargets)
install(EXPORT taperTargets NAMESPACE taper:: DESTINATION ${config_dir})
configure_package_config_file(cmake/taperConfig.cmake.in taperConfig.cmake INSTALL_DESTINATION ${config_dir})
write_basic_package_version_file(taperConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/taperConfig.cmake ${PROJECT_BINARY_DIR}/taperConfigVersion.cmake
        DESTINATION ${config_dir})
