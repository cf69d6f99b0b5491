#include "sink/postgres/letter_opener.hpp"

#include "transform/dead_letters.hpp"
#include "transform/mask/sealed_text.hpp"

namespace sluice::postgres {

letter_opener::letter_opener(const mask::keyring* keys)
{
    if (keys != nullptr)
        opener_.emplace(*keys);
}

letter_opener::opened letter_opener::body(const letter& of)
{
    if (!of.body)
        return {.text = {}, .key_id = {}, .why = "its body was not kept"};
    if (!of.body_sealed)
        return {.text = of.body, .key_id = {}, .why = {}};
    return open(*of.body, transform::letter_body_domain);
}

letter_opener::opened letter_opener::attributes(const letter& of)
{
    if (!of.attributes)
        return {.text = std::string(), .key_id = {}, .why = {}};
    // Those in clear are a JSON object; beside a sealed body somebody else put them there.
    if (!of.body_sealed && of.attributes->starts_with('{'))
        return {.text = of.attributes, .key_id = {}, .why = {}};
    return open(*of.attributes, transform::letter_attributes_domain);
}

letter_opener::opened letter_opener::open(const std::string& stored, std::string_view domain)
{
    if (!opener_)
        return {.text = {}, .key_id = {}, .why = "it is sealed; name the keyring in keys.keyring"};
    auto clear = opener_->open(stored, domain);
    if (!clear)
        return {.text = {}, .key_id = {}, .why = clear.error().message()};
    const auto parts = mask::parse_sealed(stored);
    return {.text = std::move(clear->bytes),
            .key_id = parts ? std::string(parts->key_id) : std::string(),
            .why = {}};
}

} // namespace sluice::postgres
