# Faults of one line, each of which some seed must notice.
# mutant(NUMBER NAME FILE FORM ORIGINAL MUTATED); a file that is named here for the first time also
# belongs into the list of CMakeLists.txt.

# What became of a batch.
mutant(1 "a duplicate in the ledger counts as stored" sink/postgres/write_queue.cpp statement
    [[    case verdict::duplicate:
        job.way = path::careful;
        return follow_up::again;]]
    [[    case verdict::duplicate: return follow_up::settled;]])
