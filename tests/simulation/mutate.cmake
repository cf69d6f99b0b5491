# Plants the mutants into copies of production sources, for sluice-simulate alone: what users run
# knows nothing of them. A script, `cmake -D WHAT=... -P mutate.cmake`:
#   WHAT=FILE: SOURCE of the folder LIB, with every mutant of mutants.cmake in it, goes to OUTPUT
#   WHAT=LIST: numbers and names of all mutants, as C++, go to OUTPUT
cmake_minimum_required(VERSION 3.25)

set(text "")
if(WHAT STREQUAL "FILE")
    file(READ "${LIB}/${SOURCE}" text)
endif()

# FORM: `statement` or `expression`, what the original is in C++.
function(mutant number name file form original mutated)
    if(WHAT STREQUAL "LIST")
        string(APPEND text "    {${number}, \"${name}\"},\n")
    elseif(file STREQUAL SOURCE)
        string(FIND "${text}" "${original}" first)
        string(FIND "${text}" "${original}" last REVERSE)
        if(first EQUAL -1 OR NOT first EQUAL last)
            message(FATAL_ERROR "mutant ${number}: its original must stand exactly once in "
                "lib/${SOURCE}; mend tests/simulation/mutants.cmake:\n${original}")
        endif()
        set(asked "sluice::simulation::mutant(${number})")
        if(form STREQUAL "statement")
            set(planted "if (${asked}) { ${mutated} } else { ${original} }")
        else()
            set(planted "(${asked} ? (${mutated}) : (${original}))")
        endif()
        string(REPLACE "${original}" "${planted}" text "${text}")
    endif()
    set(text "${text}" PARENT_SCOPE)
endfunction()

include("${CMAKE_CURRENT_LIST_DIR}/mutants.cmake")

if(WHAT STREQUAL "FILE")
    string(PREPEND text "namespace sluice::simulation { bool mutant(int number) noexcept; }\n"
        "#line 1 \"${LIB}/${SOURCE}\"\n")
endif()
file(WRITE "${OUTPUT}" "${text}")
