# A text file as a string in a generated source, so that the program needs no file beside it.

# quoin_embed_text(TARGET FILE HEADER NAMESPACE FUNCTION): adds a source that defines FUNCTION, which HEADER declares in
# NAMESPACE, as `std::string_view FUNCTION()`.
function(quoin_embed_text target file header namespace function)
  set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${file})
  file(READ ${CMAKE_SOURCE_DIR}/${file} text)
  set(source ${CMAKE_BINARY_DIR}/generated/${function}.cpp)
  set(content "#include \"${header}\"\n\nnamespace ${namespace} {\n\nstd::string_view ${function}() {\n  return R\"quoin(${text})quoin\";\n}\n\n}  // namespace ${namespace}\n")
  file(CONFIGURE OUTPUT ${source} CONTENT "@content@" @ONLY)
  target_sources(${target} PRIVATE ${source})
endfunction()
