#include "aws/identity/token_file.hpp"

#include "aws/identity/answers.hpp"

#include <fmt/format.h>

#include <fstream>

namespace sluice::aws {
namespace {

constexpr std::size_t token_bytes_max = 64 * 1024; // a JWT has one or two thousand

} // namespace

secret read_token_file(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::string text(token_bytes_max + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!file.is_open() || file.bad())
        throw credentials_error(fmt::format("the token file {} cannot be read", path));
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.ends_with('\n'))
        text.pop_back();
    if (text.ends_with('\r'))
        text.pop_back();
    secret token(std::move(text));
    if (token.empty())
        throw credentials_error(fmt::format("the token file {} is empty", path));
    if (token.reveal().size() > token_bytes_max || !is_key_text(token.reveal()))
        throw credentials_error(fmt::format("the token file {} holds no token", path));
    return token;
}

} // namespace sluice::aws
