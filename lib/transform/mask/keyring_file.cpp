#include "transform/mask/keyring_file.hpp"

#include "core/encoding.hpp"
#include "transform/mask/evp.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace sluice::mask {
namespace {

constexpr std::size_t file_bytes_max = std::size_t{1} << 20;
constexpr std::size_t new_id_bytes = 6;

void check_rights(const std::string& path, const struct stat& of)
{
    if (!S_ISREG(of.st_mode))
        fail_file(path,
                  "is no plain file; give the path of a keyring, made by `sluice keys generate`");
    if ((of.st_mode & S_IRWXO) != 0)
        fail_file(path,
                  fmt::format("is open to everybody (mode {:04o}); chmod 0640 it, and think of "
                              "its keys as known",
                              of.st_mode & 07777));
    if ((of.st_mode & S_IWGRP) != 0)
        fail_file(path, fmt::format("can be written by its group (mode {:04o}); chmod 0640 it",
                                    of.st_mode & 07777));
    if (of.st_size == 0)
        fail_file(path,
                  "is empty; remove it and run `sluice keys generate`, or restore its backup");
    if (static_cast<std::size_t>(of.st_size) > file_bytes_max)
        fail_file(path, "is larger than any keyring; is the path right?");
}

std::string_view to_text(key_status status)
{
    switch (status) {
    case key_status::primary:
        return "primary";
    case key_status::active:
        return "active";
    case key_status::decrypt:
        break;
    }
    return "decrypt";
}

} // namespace

open_file::open_file(const std::string& path, int flags, mode_t mode) noexcept
    : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, mode))
{}

open_file::~open_file()
{
    if (is_open())
        ::close(descriptor_);
}

void fail_file(const std::string& path, std::string_view what)
{
    throw keyring_error(fmt::format("{}: {}", path, what));
}

void fail_file(const std::string& path, std::string_view form, int error)
{
    fail_file(path, fmt::format(fmt::runtime(form), std::generic_category().message(error)));
}

secret read_keyring_file(const std::string& path)
{
    // A fifo must not hold up the start.
    const open_file in(path, O_RDONLY | O_NONBLOCK);
    if (!in.is_open())
        fail_file(path,
                  "cannot be opened ({}); make it with `sluice keys generate`, or give this user "
                  "the right to read it",
                  errno);
    struct stat status{};
    if (::fstat(in.descriptor(), &status) != 0)
        fail_file(path, "{}", errno);
    check_rights(path, status);
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t at = 0;
    while (at < text.size()) {
        const ssize_t got = ::read(in.descriptor(), text.data() + at, text.size() - at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        at += static_cast<std::size_t>(got);
    }
    const bool whole = at == text.size();
    secret out(std::move(text));
    if (!whole)
        fail_file(path, "changed while it was read; try again");
    return out;
}

void write_keyring_text(const open_file& out, const std::string& path, const secret& text)
{
    std::string_view left = text.reveal();
    while (!left.empty()) {
        const ssize_t put = ::write(out.descriptor(), left.data(), left.size());
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            fail_file(path, "cannot be written ({})", errno);
        left.remove_prefix(static_cast<std::size_t>(put));
    }
    if (::fsync(out.descriptor()) != 0)
        fail_file(path, "cannot be written ({})", errno);
}

void sync_folder_of(const std::string& path) noexcept
{
    const std::size_t slash = path.rfind('/');
    const open_file folder(slash == std::string::npos ? "." : path.substr(0, slash + 1), O_RDONLY);
    static_cast<void>(::fsync(folder.descriptor())); // some file systems have no such thing
}

void draw_key(std::span<unsigned char> bytes)
{
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw crypto_error("OpenSSL has no random numbers");
}

std::string draw_key_id()
{
    constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    std::array<unsigned char, new_id_bytes> random;
    draw_key(random);
    std::string id;
    for (const unsigned char byte : random)
        id += alphabet[byte % alphabet.size()];
    return id;
}

std::string created_at(wall_time now)
{
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", std::chrono::floor<std::chrono::seconds>(now));
}

secret render_keyring(std::span<const key> keys)
{
    secret out;
    for (const key& each : keys) {
        const secret base64(to_base64(each.bytes));
        std::string created;
        append_json_string(created, each.created);
        out = secret(fmt::format(R"({}{}
  {{"id": "{}", "algorithm": "AES-256-SIV", "status": "{}", "created": {},
   "key": "{}",
   "check": "{}"}})",
                                 out.reveal(), out.empty() ? "{\"keys\": [" : ",", each.id,
                                 to_text(each.status), created, base64.reveal(),
                                 check_value(each.bytes)));
    }
    return secret(out.reveal() + "\n]}\n");
}

} // namespace sluice::mask
