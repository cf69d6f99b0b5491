# Makes a source of the page's parts: cmake -D FOLDER=... -D OUTPUT=... -P embed.cmake
set(text "// Made of lib/admin/page when it is built.\n#include \"admin/page/parts.hpp\"\n\nnamespace sluice::admin {\n")
foreach(part html css js)
    file(READ ${FOLDER}/page.${part} content)
    string(APPEND text "\nconst std::string_view page_${part} = R\"part(${content})part\";\n")
endforeach()
file(WRITE ${OUTPUT} "${text}\n} // namespace sluice::admin\n")
