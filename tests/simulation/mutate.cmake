# Plants the mutants into copies of production sources, for sluice-simulate alone: what users run
# knows nothing of them. A script, `cmake -D WHAT=... -P mutate.cmake`:
#   WHAT=FILE: SOURCE of the folder LIB, with every mutant of mutants.cmake in it, goes to OUTPUT
#   WHAT=LIST: numbers and names of all mutants, as C++, go to OUTPUT; SOURCES: every mutated source
cmake_minimum_required(VERSION 3.25)

set(text "")
if(WHAT STREQUAL "FILE")
    file(READ "${LIB}/${SOURCE}" text)
endif()

# PLANTED takes the place of ORIGINAL, which must stand once in the file; the word MUTANT in it is
# true while this mutant lives.
function(mutant number name file original planted)
    if(WHAT STREQUAL "LIST")
        if(NOT file IN_LIST SOURCES)
            message(FATAL_ERROR "mutant ${number}: lib/${file} is not among the mutated sources "
                "of tests/simulation/CMakeLists.txt")
        endif()
        string(APPEND text "    {${number}, \"${name}\"},\n")
    elseif(file STREQUAL SOURCE)
        string(FIND "${text}" "${original}" first)
        string(FIND "${text}" "${original}" last REVERSE)
        if(first EQUAL -1 OR NOT first EQUAL last)
            message(FATAL_ERROR "mutant ${number}: its original must stand exactly once in "
                "lib/${SOURCE}; mend tests/simulation/mutants.cmake:\n${original}")
        endif()
        string(REPLACE "MUTANT" "sluice::simulation::mutant(${number})" planted "${planted}")
        string(REPLACE "${original}" "${planted}" text "${text}")
    endif()
    set(text "${text}" PARENT_SCOPE)
endfunction()

# A hook: the same, and always there.
function(hook file original planted)
    if(WHAT STREQUAL "FILE")
        mutant(0 "hook" ${file} "${original}" "${planted}")
        set(text "${text}" PARENT_SCOPE)
    endif()
endfunction()

include("${CMAKE_CURRENT_LIST_DIR}/mutants.cmake")

if(WHAT STREQUAL "FILE")
    string(PREPEND text "namespace sluice { struct message; }\nnamespace sluice::simulation { "
        "bool mutant(int number) noexcept; void is_read(const sluice::message& which); }\n")
endif()
file(WRITE "${OUTPUT}" "${text}")
