// The names that the server gives: message ids, sequence numbers and receipt handles.
#pragma once

#include "core/time.hpp"
#include "sqs_server/model/random.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::sqs_server {

// A random UUID (version 4).
struct message_id
{
    static constexpr std::size_t characters = 36;

    std::array<unsigned char, 16> bytes{};

    [[nodiscard]] static message_id draw(random_source& random);
    void write(char* out) const noexcept; // `characters` of them
    [[nodiscard]] std::string text() const;

    friend bool operator==(const message_id&, const message_id&) = default;
};

// Twenty digits that no 64-bit integer holds, as on FIFO queues of SQS.
[[nodiscard]] std::string sequence_number(std::uint64_t number);

// What a receipt handle means: one receive of one message.
struct receipt
{
    std::uint32_t queue = 0;   // which queue of the account, never used twice
    std::uint32_t slot = 0;    // where the message lies
    std::uint64_t number = 0;  // which message: slots are used again, numbers are not
    std::uint32_t receive = 0; // the receive count that it was handed out with
    wall_time received_at{};

    friend bool operator==(const receipt&, const receipt&) = default;
};

// As long as the handles of SQS, so that traffic has its true size.
inline constexpr std::size_t handle_characters = 400;
// So many first characters differ between handles; the rest is the same in all.
inline constexpr std::size_t handle_key_characters = 48;

void write_handle(const receipt& from, char* out) noexcept;
[[nodiscard]] std::string handle_of(const receipt& from);
// Nothing unless write_handle made the text.
[[nodiscard]] std::optional<receipt> read_handle(std::string_view text) noexcept;

} // namespace sluice::sqs_server
