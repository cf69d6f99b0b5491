// Batches of messages that went through the transform, for a table of one column `name`.
#pragma once

#include "sink/postgres/target.hpp"
#include "support/database.hpp"
#include "transform/row_splitter.hpp"
#include "unit/transform/sample_pipeline.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

namespace sluice::test {

// The database's URL for a role whose password is "x".
inline secret as_role(const fresh_database& database, const std::string& role)
{
    std::string url = database.url().reveal();
    const std::size_t begin = url.find("//") + 2;
    url.replace(begin, url.find('@') - begin, role + ":x");
    return secret(url);
}

struct message_bench
{
    struct numbered
    {
        unsigned number;
        wall_time sent_at;
    };

    static config::pipeline one_column()
    {
        config::column name = column("name", config::column_type::text);
        name.required = true;
        return pipeline_of({name});
    }

    std::shared_ptr<const transform::mapping> columns = compiled(one_column());
    transform::transformer work{columns, nullptr};
    transform::row_splitter splitter{columns, nullptr};
    std::vector<std::unique_ptr<response>> responses;

    [[nodiscard]] static std::string id_of(unsigned number)
    {
        return fmt::format("0f3c8a52-7d5e-4b1c-9a57-{:012}", number);
    }

    [[nodiscard]] postgres::target_table target() const
    {
        return postgres::make_target("public", "items", *columns);
    }

    // Each message is {"name": "n<number>"}.
    std::unique_ptr<transform::row_batch> batch(const std::vector<numbered>& messages)
    {
        auto made = std::make_unique<transform::row_batch>();
        columns->shape(*made);
        for (const numbered& each : messages) {
            message_options options;
            options.id = id_of(each.number);
            options.sent_at_ms = each.sent_at.time_since_epoch().count();
            auto& held = *responses.emplace_back(std::make_unique<response>());
            held.add(fmt::format(R"({{"name":"n{}"}})", each.number), options);
            REQUIRE(work.add({&held.get(), 0}, *made) == transform::outcome::row);
        }
        made->seal();
        return made;
    }
};

} // namespace sluice::test
