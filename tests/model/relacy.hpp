// Relacy without its macros, which would redefine words of the language and the standard library
// for all that comes behind it. Its own headers are done with them.
#pragma once

// What Relacy's macros would break comes before it.
#include "ring/bell.hpp"
#include "ring/ring.hpp"

#include <array>
#include <atomic>
#include <cassert>
#include <condition_variable>
#include <filesystem>
#include <iomanip>
#include <memory>
#include <mutex>
#include <optional>
#include <source_location>
#include <string>
#include <utility>

// clang-format off
#include <relacy/relacy.hpp>
// clang-format on

#undef new
#undef delete
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef errno
#undef assert
#undef memory_order_relaxed
#undef memory_order_consume
#undef memory_order_acquire
#undef memory_order_release
#undef memory_order_acq_rel
#undef memory_order_seq_cst

// Relacy replaces these inline, and to the linker nothing is replaced when all calls are inlined:
// then the standard library would give back to one heap what came from the other.
namespace sluice::model::heap {

[[gnu::used]] inline void* (*const make)(std::size_t) = &::operator new;
[[gnu::used]] inline void* (*const make_many)(std::size_t) = &::operator new[];
[[gnu::used]] inline void (*const drop)(void*) noexcept = &::operator delete;
[[gnu::used]] inline void (*const drop_many)(void*) noexcept = &::operator delete[];

} // namespace sluice::model::heap
