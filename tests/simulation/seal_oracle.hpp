// What a sealed column must hold, computed by OpenSSL's own AES-SIV: slowly, and by other code than
// the daemon's.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::simulation {

inline constexpr std::string_view key_id = "s1m0001";

// The key of every simulation: nothing here is secret.
[[nodiscard]] const std::array<unsigned char, 64>& key_bytes();

class seal_oracle
{
public:
    // "p1.s1m0001.<base64url>". Throws std::runtime_error if OpenSSL fails.
    [[nodiscard]] const std::string& sealed_text(std::string_view clear, std::string_view domain);

private:
    std::map<std::pair<std::string, std::string>, std::string> known_;
};

} // namespace sluice::simulation
