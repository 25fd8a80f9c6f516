# What the library needs: the system's packages.
find_package(Threads REQUIRED)
find_package(TBB REQUIRED)
find_package(fmt REQUIRED)
find_package(xsimd REQUIRED)
find_package(ZLIB REQUIRED)
find_package(nlohmann_json REQUIRED)
