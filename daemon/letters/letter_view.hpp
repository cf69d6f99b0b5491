// Shows letters: as stored, or opened for a person with a reason, who is written down first.
#pragma once

#include "core/asio.hpp"
#include "daemon/letters/letter_text.hpp"
#include "sink/postgres/letter_opener.hpp"

#include <string>
#include <vector>

namespace sluice::daemon {

class letter_view
{
public:
    // Without a reason nothing is opened, and what is stored in clear is not shown. `source` says
    // in the audit what was run. `keys` may be null, and must outlive the view.
    letter_view(const mask::keyring* keys, std::string reason, std::string source);

    // What is shown of each. Bodies in clear are in the audit before this returns. Throws
    // database_error: then nothing may be shown.
    awaitable<std::vector<shown_letter>> view(postgres::connection& on,
                                              const std::vector<postgres::letter>& letters);

    // Letters that could not be opened, so far.
    [[nodiscard]] std::size_t failures() const noexcept { return failures_; }

private:
    struct audit;

    [[nodiscard]] shown_letter open(const postgres::letter& of, audit& into);

    postgres::letter_opener opener_;
    std::string reason_;
    std::string source_;
    std::size_t failures_ = 0;
};

} // namespace sluice::daemon
