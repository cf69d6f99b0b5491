// A configuration file. Whatever it holds, the loader answers with settings or with findings of
// one line each; a mapping is compiled, or tells why it cannot be.
#include "config/load.hpp"
#include "fuzz/target.hpp"
#include "transform/mapping.hpp"

#include <algorithm>
#include <string>

namespace {

using namespace sluice;
using sluice::fuzz::require;

constexpr std::size_t text_bytes_max = 16 * 1024;

void check_finding(const config::finding& one)
{
    const std::string line = config::to_string("f.yaml", one);
    require(line.starts_with("f.yaml:"), "a finding names the file");
    require(line.find("; ") != std::string::npos, "a finding says what to do");
    require(std::ranges::none_of(line, [](char c) { return c >= 0 && c < ' '; }),
            "a finding is one line");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size > text_bytes_max)
        return 0;
    // References stay as they are: a fuzzer must not read the files of this machine.
    const auto got =
        config::load_text(fuzz::as_text(data, size), "f.yaml", config::references::leave);
    std::ranges::for_each(got.findings, check_finding);
    const auto is_error = [](const config::finding& one) {
        return one.weight == config::severity::error;
    };
    require(got.ok() == std::ranges::none_of(got.findings, is_error), "errors are findings");
    if (!got.ok())
        return 0;
    require(!got.value.pipelines.empty(), "a good file has a pipeline");
    for (const config::pipeline& each : got.value.pipelines) {
        const auto compiled = transform::mapping::compile(each);
        require((compiled.made == nullptr) == !compiled.errors.empty(),
                "a mapping is made, or it is told why not");
    }
    return 0;
}
