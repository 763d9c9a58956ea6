# `find_package(Tintype)` for outside programs: the targets tintype::hashing, io, verify, engine.
include(CMakePackageConfigHelpers)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/TintypeConfig.cmake.in
  ${PROJECT_BINARY_DIR}/TintypeConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Tintype)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/TintypeConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/TintypeConfig.cmake ${PROJECT_BINARY_DIR}/TintypeConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Tintype)
install(EXPORT TintypeTargets NAMESPACE tintype::
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Tintype)
