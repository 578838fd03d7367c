# The files of targets/ as string literals in a generated source, so that the program needs no files beside it.

# quoin_embed_targets(TARGET): adds the generated source, which defines what src/target/builtin.h declares.
function(quoin_embed_targets target)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/targets/*.toml)
  list(SORT files)
  set(entries "")
  foreach(file IN LISTS files)
    set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    get_filename_component(name ${file} NAME_WE)
    file(READ ${file} text)
    string(APPEND entries "    {\"${name}\", R\"quoin(${text})quoin\"},\n")
  endforeach()
  set(source ${CMAKE_BINARY_DIR}/generated/builtin_targets.cpp)
  set(content "#include \"target/builtin.h\"\n\nnamespace quoin {\n\nconst std::vector<BuiltinTarget>& builtin_targets() {\n  static const std::vector<BuiltinTarget> targets = {\n${entries}  };\n  return targets;\n}\n\n}  // namespace quoin\n")
  file(CONFIGURE OUTPUT ${source} CONTENT "@content@" @ONLY)
  target_sources(${target} PRIVATE ${source})
endfunction()
