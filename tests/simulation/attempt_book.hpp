// sluice.attempts as the database holds it, and beside it what is true: how often a process died of
// a message, or at least at it.
#pragma once

#include "core/time.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace sluice::simulation {

inline constexpr unsigned deaths_for_conviction = 3;

class attempt_book
{
public:
    struct entry
    {
        unsigned begun = 0; // the column

        // What is true of it.
        unsigned deaths = 0;                        // processes that ended without an end
        unsigned forgotten = 0;                     // ends that a crash of the server has undone
        std::set<std::string, std::less<>> running; // daemons at it

        [[nodiscard]] unsigned evidence() const noexcept { return deaths + forgotten; }
        // What convicts stays as it is, however often that is tried.
        [[nodiscard]] bool is_true() const noexcept
        {
            return std::min(begun, deaths_for_conviction) <= evidence() + running.size();
        }
    };

    // What a committed statement does.
    [[nodiscard]] unsigned begun(std::string_view id) const;
    void begin(std::string_view id, unsigned number, std::string_view by, steady_time now);
    void end(std::string_view id, steady_time now);

    // A daemon is no more.
    void process_ended(std::string_view who);
    // The server crashes: its last write may not have reached the disk, nobody waited for that.
    // True if one was undone.
    bool crash(steady_time now);

    [[nodiscard]] unsigned evidence_of(std::string_view id) const;
    [[nodiscard]] bool any_open(std::string_view by) const;
    [[nodiscard]] const std::map<std::string, entry, std::less<>>& entries() const noexcept
    {
        return entries_;
    }

private:
    struct change
    {
        std::string id;
        std::optional<entry> before;
        steady_time at;
    };

    void remember(std::string_view id, steady_time now);

    std::map<std::string, entry, std::less<>> entries_; // by message id
    std::optional<change> last_;
};

} // namespace sluice::simulation
