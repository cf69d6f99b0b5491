// The tables of keys, one for each section of the file. Walking a table with a form reads into the
// settings or prints what stands in them.
#pragma once

#include "config/form.hpp"
#include "config/settings.hpp"

namespace sluice::config {

void describe(form& keys, settings& all);
void describe(form& keys, pipeline& one);
void describe(form& keys, sqs_source& source);
void describe(form& keys, record& what);
void describe(form& keys, column& one);
void describe(form& keys, postgres_sink& sink);

} // namespace sluice::config
