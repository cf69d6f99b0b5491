// TLS as we accept it: version 1.2 or later, a trusted chain, and the name of the peer among the
// subject alternative names. There is no switch to trust less.
#pragma once

#include "core/asio.hpp"
#include "core/time.hpp"

#include <boost/asio/ssl/context.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace sluice::net {

// The client side: whom we trust, and the sessions that shorten the next handshake. Thread-safe.
class tls_client
{
public:
    // Trusts the authorities of the file, or those of the system if it is empty. Throws
    // system_error naming a file that cannot be used.
    explicit tls_client(const std::string& authorities_file = {});
    tls_client(const tls_client&) = delete;
    tls_client& operator=(const tls_client&) = delete;
    ~tls_client() = default;

    [[nodiscard]] asio::ssl::context& context() noexcept { return context_; }

    // Before a handshake: the peer must prove to be `host`, a name or an address.
    void expect(SSL* connection, const std::string& host);

    // After a handshake with `host`: when its certificates end is remembered.
    void note_certificates(const SSL* connection, const std::string& host);
    // When the first of the certificates that were seen last ends; nothing before a handshake.
    [[nodiscard]] std::optional<wall_time> certificates_end() const;

    // How many peers have given us a session to resume.
    [[nodiscard]] std::size_t sessions() const;

private:
    struct session_deleter
    {
        void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
    };
    using session = std::unique_ptr<SSL_SESSION, session_deleter>;

    static int on_new_session(SSL* connection, SSL_SESSION* fresh);

    asio::ssl::context context_;
    mutable std::mutex mutex_;
    std::map<std::string, session> sessions_;           // of the last handshake with each host name
    std::map<std::string, wall_time> certificate_ends_; // of the last full one
};

struct tls_server_files
{
    std::string certificate_chain; // PEM, the server's own certificate first
    std::string private_key;       // PEM
};

// The server side. Throws system_error naming a file that cannot be used.
[[nodiscard]] std::shared_ptr<asio::ssl::context> make_tls_server(const tls_server_files& files);

} // namespace sluice::net
