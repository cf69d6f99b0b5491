#include "net/tls.hpp"

#include "core/certificates_end.hpp"
#include "core/error.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace sluice::net {
namespace {

// Where an SSL_CTX keeps its tls_client. Asio has taken the place of the application's own data.
int client_index()
{
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

[[noreturn]] void throw_last(const std::string& what)
{
    const error_code ec(static_cast<int>(ERR_get_error()), asio::error::get_ssl_category());
    throw system_error(ec, what);
}

// SSL_set_tlsext_host_name, whose macro casts in the old style.
bool announce(SSL* connection, std::string host)
{
    return SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                    host.data()) == 1;
}

void use_modern_tls(SSL_CTX* context)
{
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
}

} // namespace

tls_client::tls_client(const std::string& authorities_file)
    : context_(asio::ssl::context::tls_client)
{
    use_modern_tls(context_.native_handle());
    // A record comes in one read, not its header first. Its buffers stay: 34 kB a connection.
    SSL_CTX_set_read_ahead(context_.native_handle(), 1);
    context_.set_verify_mode(asio::ssl::verify_peer);
    error_code ec;
    if (authorities_file.empty())
        context_.set_default_verify_paths(ec);
    else
        context_.load_verify_file(authorities_file, ec);
    if (ec)
        throw system_error(ec,
                           fmt::format("cannot read the trusted certificates of {}",
                                       authorities_file.empty() ? "the system" : authorities_file));
    SSL_CTX* const handle = context_.native_handle();
    SSL_CTX_set_ex_data(handle, client_index(), this);
    SSL_CTX_set_session_cache_mode(handle, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(handle, on_new_session);
}

void tls_client::expect(SSL* connection, const std::string& host)
{
    X509_VERIFY_PARAM* const rules = SSL_get0_param(connection);
    // A common name is no proof: it was never meant to be a host name.
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
                                               X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    error_code not_an_address;
    asio::ip::make_address(host, not_an_address);
    if (!not_an_address) {
        if (X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) != 1)
            throw_last("cannot ask for the address of the server in its certificate");
        return;
    }
    if (X509_VERIFY_PARAM_set1_host(rules, host.data(), host.size()) != 1 ||
        !announce(connection, host))
        throw_last("cannot ask for the name of the server in its certificate");
    const std::scoped_lock lock(mutex_);
    const auto known = sessions_.find(host);
    if (known != sessions_.end() && known->second)
        SSL_set_session(connection, known->second.get()); // a refusal is a full handshake
}

// Called by OpenSSL whenever a server hands out a ticket; 0 means that we keep no reference. We
// keep a copy: the original can be resumed no more once its connection is closed without a
// good-bye.
int tls_client::on_new_session(SSL* connection, SSL_SESSION* fresh)
{
    auto* const self =
        static_cast<tls_client*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), client_index()));
    const char* const host = SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name);
    if (host != nullptr) {
        const std::scoped_lock lock(self->mutex_);
        self->sessions_[host].reset(SSL_SESSION_dup(fresh));
    }
    return 0;
}

void tls_client::note_certificates(const SSL* connection, const std::string& host)
{
    const std::optional<wall_time> end = sluice::certificates_end(connection);
    if (!end)
        return;
    const std::scoped_lock lock(mutex_);
    certificate_ends_[host] = *end;
}

std::optional<wall_time> tls_client::certificates_end() const
{
    const std::scoped_lock lock(mutex_);
    std::optional<wall_time> first;
    for (const auto& [host, end] : certificate_ends_)
        first = earlier(first, end);
    return first;
}

std::size_t tls_client::sessions() const
{
    const std::scoped_lock lock(mutex_);
    return sessions_.size();
}

std::shared_ptr<asio::ssl::context> make_tls_server(const tls_server_files& files)
{
    auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    use_modern_tls(context->native_handle());
    // An idle connection gives its buffers back: there may be thousands.
    SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
    error_code ec;
    context->use_certificate_chain_file(files.certificate_chain, ec);
    if (ec)
        throw system_error(ec, "cannot use the certificate " + files.certificate_chain);
    context->use_private_key_file(files.private_key, asio::ssl::context::pem, ec);
    if (ec)
        throw system_error(ec, "cannot use the private key " + files.private_key);
    if (SSL_CTX_check_private_key(context->native_handle()) != 1)
        throw_last(
            fmt::format("{} is not the key of {}", files.private_key, files.certificate_chain));
    return context;
}

} // namespace sluice::net
