#include "transform/mask/keyring.hpp"

#include "core/encoding.hpp"
#include "core/secret.hpp"
#include "transform/mask/derive.hpp"
#include "transform/mask/evp.hpp"
#include "transform/mask/keyring_parser.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace sluice::mask {
namespace {

constexpr std::size_t file_bytes_max = std::size_t{1} << 20;
constexpr std::size_t new_id_bytes = 6;

[[noreturn]] void fail(const std::string& path, std::string_view what)
{
    throw keyring_error(fmt::format("{}: {}", path, what));
}

std::string system_text(int error)
{
    return std::generic_category().message(error);
}

class file
{
public:
    file(const std::string& path, int flags, mode_t mode = 0) noexcept
        : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, mode))
    {}
    file(const file&) = delete;
    file& operator=(const file&) = delete;
    ~file()
    {
        if (is_open())
            ::close(descriptor_);
    }

    [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

private:
    int descriptor_;
};

// Who may read the file decides who can unmask: so the rights are checked before the content.
void check_rights(const std::string& path, const struct stat& of)
{
    if (!S_ISREG(of.st_mode))
        fail(path, "is no plain file; give the path of a keyring, made by `sluice keys generate`");
    if ((of.st_mode & S_IRWXO) != 0)
        fail(path, fmt::format("is open to everybody (mode {:04o}); chmod 0640 it, and think of "
                               "its keys as known",
                               of.st_mode & 07777));
    if ((of.st_mode & S_IWGRP) != 0)
        fail(path, fmt::format("can be written by its group (mode {:04o}); chmod 0640 it",
                               of.st_mode & 07777));
    if (of.st_size == 0)
        fail(path, "is empty; remove it and run `sluice keys generate`, or restore its backup");
    if (static_cast<std::size_t>(of.st_size) > file_bytes_max)
        fail(path, "is larger than any keyring; is the path right?");
}

secret read_file(const std::string& path)
{
    // A fifo must not hold up the start.
    const file in(path, O_RDONLY | O_NONBLOCK);
    if (!in.is_open())
        fail(path, fmt::format("cannot be opened ({}); make it with `sluice keys generate`, or "
                               "give this user the right to read it",
                               system_text(errno)));
    struct stat status{};
    if (::fstat(in.descriptor(), &status) != 0)
        fail(path, system_text(errno));
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
        fail(path, "changed while it was read; try again");
    return out;
}

void write_all(const file& out, const std::string& path, std::string_view text)
{
    while (!text.empty()) {
        const ssize_t put = ::write(out.descriptor(), text.data(), text.size());
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            fail(path, fmt::format("cannot be written ({})", system_text(errno)));
        text.remove_prefix(static_cast<std::size_t>(put));
    }
    if (::fsync(out.descriptor()) != 0)
        fail(path, fmt::format("cannot be written ({})", system_text(errno)));
}

void draw(std::span<unsigned char> bytes)
{
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw crypto_error("OpenSSL has no random numbers");
}

std::string draw_id()
{
    constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    std::array<unsigned char, new_id_bytes> random;
    draw(random);
    std::string id;
    for (const unsigned char byte : random)
        id += alphabet[byte % alphabet.size()];
    return id;
}

secret render(std::string_view id, wall_time now, std::span<const unsigned char> bytes)
{
    const secret base64(to_base64(bytes));
    return secret(fmt::format(
        R"({{"keys": [
  {{"id": "{}", "algorithm": "AES-256-SIV", "status": "primary", "created": "{:%Y-%m-%dT%H:%M:%SZ}",
   "key": "{}",
   "check": "{}"}}
]}}
)",
        id, std::chrono::floor<std::chrono::seconds>(now), base64.reveal(), check_value(bytes)));
}

} // namespace

keyring keyring::load(const std::string& path)
{
    const secret text = read_file(path);
    return keyring_parser(path).parse(text.reveal());
}

keyring keyring::ephemeral()
{
    const locked_memory bytes(key_bytes);
    draw(bytes.bytes());
    return of_one(draw_id(), bytes.bytes().first(key_bytes));
}

keyring keyring::of_one(std::string id, std::span<const unsigned char> bytes)
{
    if (bytes.size() != key_bytes)
        throw keyring_error(fmt::format("a key must be {} bytes long", key_bytes));
    keyring out(1);
    const auto own = out.memory_.bytes().first(key_bytes);
    std::ranges::copy(bytes, own.begin());
    out.keys_.push_back(
        {.id = std::move(id), .status = key_status::primary, .created = {}, .bytes = own});
    return out;
}

const key* keyring::find(std::string_view id) const noexcept
{
    const auto it = std::ranges::find(keys_, id, &key::id);
    return it == keys_.end() ? nullptr : &*it;
}

void generate_keyring(const std::string& path, wall_time now)
{
    const locked_memory bytes(key_bytes);
    draw(bytes.bytes());
    const std::string id = draw_id();
    const secret text = render(id, now, bytes.bytes());
    const std::string temporary = path + ".new-" + id;
    const file out(temporary, O_WRONLY | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
    if (!out.is_open())
        fail(path, fmt::format("cannot be made ({}); is its folder there, and writable?",
                               system_text(errno)));
    const struct remover
    {
        const std::string& name;
        ~remover() { ::unlink(name.c_str()); }
    } at_end{temporary};
    write_all(out, path, text.reveal());
    // A link, unlike a rename, never replaces what is there.
    if (::link(temporary.c_str(), path.c_str()) != 0)
        fail(path, errno == EEXIST ? "is there already and is never overwritten; give another path"
                                   : fmt::format("cannot be made ({})", system_text(errno)));
    const std::size_t slash = path.rfind('/');
    const file folder(slash == std::string::npos ? "." : path.substr(0, slash + 1), O_RDONLY);
    static_cast<void>(::fsync(folder.descriptor())); // some file systems have no such thing
}

std::string check_value(std::span<const unsigned char> key)
{
    std::array<unsigned char, 8> check;
    if (!derive(key, "sluice.keyring.check.v1", check))
        throw crypto_error("OpenSSL offers no HKDF with SHA-256");
    return to_hex(check);
}

} // namespace sluice::mask
