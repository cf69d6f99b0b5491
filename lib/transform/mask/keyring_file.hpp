// The file of a keyring: who may read it, and how it is written. For the sources of keyrings alone.
#pragma once

#include "core/secret.hpp"
#include "transform/mask/keyring.hpp"

#include <sys/types.h>

#include <span>
#include <string>
#include <string_view>

namespace sluice::mask {

// A descriptor, closed when it dies.
class open_file
{
public:
    open_file(const std::string& path, int flags, mode_t mode = 0) noexcept;
    open_file(const open_file&) = delete;
    open_file& operator=(const open_file&) = delete;
    ~open_file();

    [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

private:
    int descriptor_;
};

// Both throw keyring_error: what is wrong with the file.
[[noreturn]] void fail_file(const std::string& path, std::string_view what);
[[noreturn]] void fail_file(const std::string& path, std::string_view form, int error);

// Who may read the file decides who can unmask: so the rights are checked before the content.
[[nodiscard]] secret read_keyring_file(const std::string& path);

// The text of a file that holds these keys.
[[nodiscard]] secret render_keyring(std::span<const key> keys);

// To the disk, before it returns. Throws keyring_error that names `path`.
void write_keyring_text(const open_file& out, const std::string& path, const secret& text);
void sync_folder_of(const std::string& path) noexcept;

[[nodiscard]] std::string draw_key_id();
void draw_key(std::span<unsigned char> bytes);
// As the files have it: 2025-11-20T12:00:00Z.
[[nodiscard]] std::string created_at(wall_time now);

} // namespace sluice::mask
