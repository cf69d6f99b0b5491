#include "sqs_server/model/digest.hpp"

#include "core/encoding.hpp"

#include <span>
#include <stdexcept>

namespace sluice::sqs_server {

digest::digest(const char* algorithm)
    : algorithm_(EVP_MD_fetch(nullptr, algorithm, nullptr)), context_(EVP_MD_CTX_new())
{
    if (!algorithm_ || !context_)
        throw std::runtime_error(std::string("OpenSSL offers no ") + algorithm +
                                 "; run with its default provider");
    start();
}

void digest::start()
{
    EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr);
}

void digest::update(std::string_view bytes)
{
    EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
}

void digest::update_u32(std::uint32_t number)
{
    const std::array<char, 4> bytes = {static_cast<char>(number >> 24),
                                       static_cast<char>(number >> 16),
                                       static_cast<char>(number >> 8), static_cast<char>(number)};
    update({bytes.data(), bytes.size()});
}

std::string digest::finish()
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), bytes.data(), &size);
    start();
    return to_hex(std::span(bytes.data(), size));
}

} // namespace sluice::sqs_server
