#include "transform/mask/keyring_changes.hpp"

#include "transform/mask/keyring_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <vector>

namespace sluice::mask {
namespace {

// One change of a keyring: holds off other ones from reading to writing.
class change
{
public:
    explicit change(const std::string& path)
        : path_(resolve(path)), locked_(path_, O_RDONLY | O_NONBLOCK), read_(keyring::load(path_))
    {
        struct stat now{};
        const bool alone = ::flock(locked_.descriptor(), LOCK_EX | LOCK_NB) == 0;
        if (!alone || ::fstat(locked_.descriptor(), &was_) != 0 ||
            ::stat(path_.c_str(), &now) != 0 || now.st_ino != was_.st_ino)
            fail_file(path_, "is being changed by somebody else; try again");
        read_ = keyring::load(path_);
        keys = read_.keys();
    }

    [[nodiscard]] key& at(const std::string& id)
    {
        const auto it = std::ranges::find(keys, id, &key::id);
        if (it != keys.end())
            return *it;
        std::string known;
        for (const key& each : keys)
            known += (known.empty() ? "" : ", ") + each.id;
        fail_file(path_, fmt::format("has no key of that id; it has {}", known));
    }

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    // In place of the file, in one step.
    void write() const
    {
        const std::string temporary = path_ + ".new-" + draw_key_id();
        const open_file out(temporary, O_WRONLY | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
        if (!out.is_open())
            fail_file(path_, "cannot be changed ({}); is its folder writable?", errno);
        const struct remover
        {
            const std::string& name;
            ~remover() { ::unlink(name.c_str()); }
        } at_end{temporary};
        const bool same_owner = (was_.st_uid == ::geteuid() && was_.st_gid == ::getegid()) ||
                                ::fchown(out.descriptor(), was_.st_uid, was_.st_gid) == 0;
        if (!same_owner || ::fchmod(out.descriptor(), was_.st_mode & 07777) != 0)
            fail_file(path_, "cannot keep its owner and mode ({}); run this as its owner", errno);
        write_keyring_text(out, path_, render_keyring(keys));
        if (::rename(temporary.c_str(), path_.c_str()) != 0)
            fail_file(path_, "cannot be changed ({})", errno);
        sync_folder_of(path_);
    }

    std::vector<key> keys; // as they shall be; their bytes live in the keyring that was read

private:
    // A link stays one: what it names is changed.
    static std::string resolve(const std::string& path)
    {
        std::error_code ec;
        const std::filesystem::path real = std::filesystem::canonical(path, ec);
        return ec ? path : real.string();
    }

    std::string path_;
    open_file locked_;
    struct stat was_{};
    keyring read_;
};

} // namespace

std::string add_key(const std::string& path, wall_time now)
{
    change of(path);
    const locked_memory bytes(key_bytes);
    draw_key(bytes.bytes());
    key made{.id = draw_key_id(),
             .status = key_status::active,
             .created = created_at(now),
             .bytes = bytes.bytes().first(key_bytes)};
    of.keys.push_back(made);
    of.write();
    return made.id;
}

std::string promote_key(const std::string& path, const std::string& id)
{
    change of(path);
    key& wanted = of.at(id);
    if (wanted.status == key_status::primary)
        fail_file(of.path(), fmt::format("masks by key {} already", id));
    if (wanted.status == key_status::decrypt)
        fail_file(of.path(),
                  fmt::format("has retired key {}; promote another one, or add one", id));
    const auto before = std::ranges::find(of.keys, key_status::primary, &key::status);
    before->status = key_status::active;
    wanted.status = key_status::primary;
    of.write();
    return before->id;
}

void retire_key(const std::string& path, const std::string& id)
{
    change of(path);
    key& wanted = of.at(id);
    if (wanted.status == key_status::primary)
        fail_file(of.path(), fmt::format("masks by key {}; promote another one first", id));
    wanted.status = key_status::decrypt;
    of.write();
}

} // namespace sluice::mask
