# Faults of one line, each of which some seed must notice: mutant(NUMBER NAME FILE ORIGINAL PLANTED),
# see mutate.cmake.

# What the simulation must see of the inside.
hook(transform/transformer.cpp
    [[    if (const verdict refused = read(from))]]
    [[    sluice::simulation::is_read(*from);
    if (const verdict refused = read(from))]])

# ---- what becomes of a batch -------------------------------------------------------------------

mutant(1 "a duplicate counts as stored" sink/postgres/write_queue.cpp
    [[    case verdict::duplicate:]]
    [[    case verdict::duplicate:
        if (MUTANT) return follow_up::settled;]])

mutant(2 "a conflict counts as stored" sink/postgres/write_queue.cpp
    [[    case verdict::try_again: {]]
    [[    case verdict::try_again: {
        if (MUTANT) return follow_up::settled;]])

mutant(3 "a refused batch counts as stored" sink/postgres/write_queue.cpp
    [[    case verdict::row_is_bad:]]
    [[    case verdict::row_is_bad:
        if (MUTANT) return follow_up::settled;]])

mutant(4 "a sick database makes dead letters" sink/postgres/verdict.cpp
    [[        return verdict::deployment_is_wrong;
    return verdict::database_is_sick;]]
    [[        return verdict::deployment_is_wrong;
    return MUTANT ? verdict::row_is_bad : verdict::database_is_sick;]])

mutant(5 "a missing right makes dead letters" sink/postgres/verdict.cpp
    [[    if (contains(wrong_classes, sqlstate_class))
        return]]
    [[    if (contains(wrong_classes, sqlstate_class))
        return MUTANT ? verdict::row_is_bad :]])

mutant(6 "a conflict makes dead letters" sink/postgres/verdict.cpp
    [[        return verdict::try_again;]]
    [[        return MUTANT ? verdict::row_is_bad : verdict::try_again;]])

mutant(7 "the ledger's refusal is nobody's" sink/postgres/verdict.cpp
    [[sqlstate == unique_violation && which == statement::ledger]]
    [[!MUTANT && sqlstate == unique_violation && which == statement::ledger]])

mutant(8 "what a lost connection held is forgotten" sink/postgres/writer.cpp
    [[        static_cast<void>(queue_.decide(job, commit_outcome{}, clock_.now()));]]
    [[        if (MUTANT) continue;
        static_cast<void>(queue_.decide(job, commit_outcome{}, clock_.now()));]])

mutant(9 "a refused part is forgotten" sink/postgres/writer.cpp
    [[    case follow_up::set_aside:]]
    [[    case follow_up::set_aside:
        if (MUTANT) return;]])

mutant(10 "a silent server is waited for, forever" sink/postgres/writer.cpp
    [[        if (due > clock_.now()) {]]
    [[        if (MUTANT) due = never;
        if (due > clock_.now()) {]])

mutant(11 "no barrier on the careful path" sink/postgres/statements.cpp
    [[    if (way == row_batch::path::careful)
        return]]
    [[    if (MUTANT && way == row_batch::path::careful)
        return {statement::floor, statement::careful};
    if (way == row_batch::path::careful)
        return]])

# ---- what the batch is made of -----------------------------------------------------------------

mutant(12 "keys are not sorted" transform/key_set.cpp
    [[    std::ranges::sort(sorted_);]]
    [[    if (!MUTANT) std::ranges::sort(sorted_);]])

mutant(13 "a message twice in a batch is no duplicate" transform/transformer.cpp
    [[outcome transformer::add(receipt from, row_batch& to)
{
    const ledger_key key = key_of(*from);
    if (]]
    [[outcome transformer::add(receipt from, row_batch& to)
{
    const ledger_key key = key_of(*from);
    if (!MUTANT && ]])

mutant(14 "a key without the time it was sent" transform/ledger_key.cpp
    [[    store_big_endian(id.data() + 4, static_cast<std::uint16_t>(sent));]]
    [[    if (!MUTANT) store_big_endian(id.data() + 4, static_cast<std::uint16_t>(sent));]])

mutant(15 "what must be masked is stored in clear" transform/columns/column_writer.cpp
    [[    if (plan_->mask.kind != mask_kind::none)
        return store_replaced(]]
    [[    if (!MUTANT && plan_->mask.kind != mask_kind::none)
        return store_replaced(]])

mutant(16 "the body of a dead letter is kept in clear" transform/dead_letters.cpp
    [[    if (sealer) {]]
    [[    if (MUTANT) { to.append(clear); return true; }
    if (sealer) {]])

mutant(17 "a batch that is used again remembers its duplicates" transform/row_batch.cpp
    [[    duplicates.clear();]]
    [[    if (!MUTANT) duplicates.clear();]])

mutant(18 "a batch that is used again remembers its row keys" transform/row_batch.cpp
    [[    row_keys.clear();]]
    [[    if (!MUTANT) row_keys.clear();]])

mutant(19 "a young batch never leaves" transform/batch_assembler.cpp
    [[deadline_of(each) <= now]]
    [[!MUTANT && deadline_of(each) <= now]])

mutant(20 "a split forgets its last row" transform/row_splitter.cpp
    [[            for (; row < end; ++row)]]
    [[            for (; row < end - (MUTANT && end == ends.back() ? 1 : 0); ++row)]])

mutant(21 "a split moves duplicates to the first part" transform/row_splitter.cpp
    [[        assert(twin != to.end());
        (*twin)]]
    [[        assert(twin != to.end());
        (MUTANT ? to.front() : *twin)]])

mutant(22 "a split forgets the dead letters" transform/row_splitter.cpp
    [[    append_letters(bad, [](const auto&) { return true; }, *made.front());]]
    [[    append_letters(bad, [](const auto&) { return !MUTANT; }, *made.front());]])

# ---- what follows from a commit ----------------------------------------------------------------

mutant(23 "a damaged message is deleted" pipeline/settler.cpp
    [[        with_.held.ended(each, record_result::released);]]
    [[        if (MUTANT) settle(each, record_result::row, now);
        else with_.held.ended(each, record_result::released);]])

mutant(24 "duplicates inside a batch are not deleted" pipeline/settler.cpp
    [[        settle(each, record_result::duplicate, now);]]
    [[        if (!MUTANT) settle(each, record_result::duplicate, now);]])

mutant(25 "what is committed is never deleted" pipeline/settler.cpp
    [[    with_.deletes.add(which, now);]]
    [[    if (!MUTANT) with_.deletes.add(which, now);]])

mutant(26 "a failed call forgets its deletes" source/sqs/acknowledger.cpp
    [[        for (const receipt which : receipts)
            put_back(which);]]
    [[        for (const receipt which : receipts)
            if (!MUTANT) put_back(which);]])

mutant(27 "eleven deletes in one call" source/sqs/delete_queue.cpp
    [[    while (out.size() < messages_per_call && !waiting_.empty()) {]]
    [[    while (out.size() < messages_per_call + (MUTANT ? 1 : 0) && !waiting_.empty()) {]])

# ---- memory and flow ---------------------------------------------------------------------------

mutant(28 "an extension keeps its messages pinned" source/sqs/lease_keeper.cpp
    [[    unpin_all();
    co_return true;]]
    [[    if (!MUTANT) unpin_all();
    co_return true;]])

mutant(29 "messages that did not come stay charged" pipeline/in_flight.cpp
    [[    budget_.release({full->charged_messages - full->count, 0});]]
    [[    if (!MUTANT) budget_.release({full->charged_messages - full->count, 0});]])

mutant(30 "bytes that did not come stay charged" pipeline/in_flight.cpp
    [[        budget_.release({0, of.charged_bytes - charge});]]
    [[        if (!MUTANT) budget_.release({0, of.charged_bytes - charge});]])

mutant(31 "a response is read without room" pipeline/in_flight.cpp
    [[    if (charge <= of.charged_bytes) {]]
    [[    if (MUTANT) co_return true;
    if (charge <= of.charged_bytes) {]])

mutant(32 "messages are received without a database" pipeline/in_flight.cpp
    [[        if (gate_.may_receive() && !closed_)
            break;]]
    [[        if (MUTANT || (gate_.may_receive() && !closed_))
            break;]])

mutant(33 "a response larger than the budget never passes" pipeline/budget.cpp
    [[    return alone || (]]
    [[    return (alone && !MUTANT) || (]])

mutant(34 "room that is given back wakes nobody" pipeline/budget.cpp
    [[    serve(begun_);
    if (!closed_)]]
    [[    if (MUTANT) return;
    serve(begun_);
    if (!closed_)]])

mutant(35 "a failed poll keeps its room" source/sqs/fetchers.cpp
    [[    if (into)
        owner_.give_back(std::move(into));]]
    [[    if (into && !MUTANT)
        owner_.give_back(std::move(into));]])

mutant(36 "what the database may have is given back" pipeline/releaser.cpp
    [[        if (!job.handed_over)
            take_receipts(*job.batch, unsent);]]
    [[        if (MUTANT || !job.handed_over)
            take_receipts(*job.batch, unsent);]])

# ---- the ledger's life -------------------------------------------------------------------------

mutant(37 "too old is not told" sink/postgres/write_queue.cpp
    [[    if (outcome.floor && has_key_below]]
    [[    if (!MUTANT && outcome.floor && has_key_below]])

mutant(38 "the floor moves two days too early" sink/postgres/ledger_days.cpp
    [[    return {std::chrono::floor<days>(now - ledger_kept),]]
    [[    return {std::chrono::floor<days>(now - ledger_kept) + days{MUTANT ? 2 : 0},]])

mutant(39 "one clock alone drops a day" sink/postgres/ledger_days.cpp
    [[        if ((clocks_agree && each.day]]
    [[        if (((MUTANT || clocks_agree) && each.day]])

mutant(40 "no day is made ahead" sink/postgres/ledger_days.cpp
    [[            std::chrono::floor<days>(now) + ledger_days_ahead};]]
    [[            std::chrono::floor<days>(now) + (MUTANT ? days{-1} : ledger_days_ahead)};]])

mutant(41 "a letter that is too old looks for its ledger entry" transform/dead_letters.cpp
    [[    if (what.why == reason::too_old)]]
    [[    if (!MUTANT && what.why == reason::too_old)]])

mutant(42 "old and young are not told apart" transform/row_splitter.cpp
    [[    const auto is_old = [&floor](const auto& entry) { return entry.key < floor; };
    parts made;]]
    [[    const auto is_old = [&floor](const auto& entry) { return MUTANT || entry.key < floor; };
    parts made;]])

# ---- the brake, and what is held ---------------------------------------------------------------

mutant(43 "the brake is never pulled" pipeline/brake.cpp
    [[    return dead_letters_ >= limits_.count &&]]
    [[    return !MUTANT && dead_letters_ >= limits_.count &&]])

mutant(44 "the brake does not hold what was begun" sink/postgres/writer.cpp
    [[    if (source_.holds())
        return]]
    [[    if (!MUTANT && source_.holds())
        return]])

mutant(45 "max_hold is ignored" pipeline/pipeline_watches.cpp
    [[releases.release_overdue(options_.max_hold);]]
    [[releases.release_overdue(
            MUTANT ? std::chrono::milliseconds(std::chrono::hours(9999)) : options_.max_hold);]])

mutant(46 "a release hides no longer after more receives" pipeline/releaser.cpp
    [[    const std::uint32_t doublings = std::min(receive_count, doublings_max);]]
    [[    const std::uint32_t doublings = MUTANT ? 0 : std::min(receive_count, doublings_max);]])

mutant(47 "what is overdue is released though the database may have it" pipeline/releaser.cpp
    [[        if (job.handed_over)
            with_.held.ended(each, record_result::lost);]]
    [[        if (job.handed_over && !MUTANT)
            with_.held.ended(each, record_result::lost);]])

# ---- suspects ----------------------------------------------------------------------------------

mutant(48 "the others go on beside a suspect" pipeline/suspect_lane.cpp
    [[        gate_.close();
        co_await]]
    [[        if (!MUTANT) gate_.close();
        co_await]])

mutant(49 "a suspect does not wait for the workers" pipeline/suspect_lane.cpp
    [[        co_await until_idle_or_stopped();
        // Meanwhile it]]
    [[        if (!MUTANT) co_await until_idle_or_stopped();
        // Meanwhile it]])

mutant(50 "a history makes poison" pipeline/suspect_lane.cpp
    [[    const bool convicted = *deaths]]
    [[    const bool convicted = MUTANT || *deaths]])

mutant(51 "poison is never convicted" pipeline/suspect_lane.cpp
    [[>= deaths_for_conviction;]]
    [[>= deaths_for_conviction + (MUTANT ? 1000 : 0);]])

mutant(52 "one death too few convicts" pipeline/suspect_lane.cpp
    [[*deaths >=]]
    [[*deaths + (MUTANT ? 1 : 0) >=]])

mutant(53 "an attempt that was survived is not ended" pipeline/suspect_lane.cpp
    [[            co_await attempts_.end(id);]]
    [[            if (!MUTANT) co_await attempts_.end(id);]])

mutant(54 "an attempt is not written down" pipeline/suspect_lane.cpp
    [[        co_await attempts_.begin(id, under_way_->deaths);]]
    [[        if (!MUTANT) co_await attempts_.begin(id, under_way_->deaths);]])

mutant(55 "a beginning that was not answered counts as a death" pipeline/suspect_lane.cpp
    [[    const bool repeats = under_way_ && under_way_->id == id;
    try {
        if (!repeats) {
            co_await]]
    [[    const bool repeats = !MUTANT && under_way_ && under_way_->id == id;
    try {
        if (!repeats) {
            if (!MUTANT) co_await]])

mutant(56 "a stop leaves its attempt behind" pipeline/suspect_lane.cpp
    [[    while (!abandoned_) {]]
    [[    while (!abandoned_ && !(MUTANT && stopped_)) {]])

mutant(57 "no message is a suspect" pipeline/intake_gate.cpp
    [[receive_count >= suspect_receives)]]
    [[receive_count >= (MUTANT ? 1000000 : suspect_receives))]])

mutant(58 "what waits behind a suspect is forgotten" pipeline/intake_gate.cpp
    [[    for (const assignment& each : std::exchange(kept_, {}))
        rings_.push(each);]]
    [[    for (const assignment& each : std::exchange(kept_, {}))
        if (!MUTANT) rings_.push(each);]])

mutant(61 "a stop waits for workers, however slow they are" pipeline/intake_gate.cpp
    [[    while (const auto work = rings_.try_take_back())
        kept_.push_back(*work);]]
    [[    if (!MUTANT) while (const auto work = rings_.try_take_back())
        kept_.push_back(*work);]])

# ---- what SQS may do ---------------------------------------------------------------------------

mutant(59 "a lease that SQS has ended is extended for ever" source/sqs/lease_keeper.cpp
    [[            which.from->not_extended.set(which.index);]]
    [[            if (!MUTANT) which.from->not_extended.set(which.index);]])

mutant(60 "a queue that is gone ends the fetching" source/sqs/fetchers.cpp
    [[    count_.polls.add(poll_result::failed);]]
    [[    if (MUTANT && error.why() == failure::no_queue) stop();
    count_.polls.add(poll_result::failed);]])

# ---- the order of message groups ---------------------------------------------------------------

mutant(62 "the parts of a refused delivery do not wait for each other" pipeline/settler.cpp
    [[    if (in_sequence)
        out = chain]]
    [[    if (in_sequence && !MUTANT)
        out = chain]])

mutant(63 "a split cuts through a delivery" transform/row_splitter.cpp
    [[    const bool anywhere = !keeps_order_ ||]]
    [[    const bool anywhere = MUTANT || !keeps_order_ ||]])

mutant(64 "what follows a damaged message is stored" transform/batch_assembler.cpp
    [[        if (has_group_of(from, damaged, *one))]]
    [[        if (!MUTANT && has_group_of(from, damaged, *one))]])

mutant(65 "a group goes on although its head was given up" pipeline/group_order.cpp
    [[    its.failed = its.failed || !stored;]]
    [[    its.failed = its.failed || (!MUTANT && !stored);]])

mutant(66 "what stands behind a suspect overtakes it" pipeline/group_order.cpp
    [[        if (its.at_work.messages == 0 && !its.waiting.empty())
            out.push_back(begin_next(its));]]
    [[        if (its.at_work.messages == 0 && !its.waiting.empty())
            out.push_back(begin_next(its));
        while (MUTANT && !its.waiting.empty()) {
            out.push_back(its.waiting.front());
            its.at_work.messages |= its.waiting.front().messages;
            its.waiting.pop_front();
        }]])

mutant(67 "the messages of a delivery part ways" transform/batch_assembler.cpp
    [[    auto way = row_batch::path::fast;
    for]]
    [[    for (std::size_t i = 0; MUTANT && i < from.count; ++i)
        if (is_named(which, i))
            take({&from, static_cast<std::uint8_t>(i)}, now, lease_ends);
    if (MUTANT) return;
    auto way = row_batch::path::fast;
    for]])

# ---- how many daemons are wanted ---------------------------------------------------------------

mutant(68 "a database that stores nothing wants more daemons" pipeline/scale_signal.cpp
    [[    if (stored == 0 && now.waiting > 0)
        return;]]
    [[    if (stored == 0 && now.waiting > 0)
        return static_cast<void>(replicas_ *= MUTANT ? growth_max : 1);]])

mutant(69 "what is wanted never falls" pipeline/scale_signal.cpp
    [[std::ceil(all)]]
    [[std::ceil(MUTANT ? std::max(all, static_cast<double>(replicas_)) : all)]])

# ---- room for rows -----------------------------------------------------------------------------

mutant(70 "rows are made without room" pipeline/transform_worker.cpp
    [[    if (!work_.may_begin() || !work_.intake.try_pop(work))]]
    [[    if ((!MUTANT && !work_.may_begin()) || !work_.intake.try_pop(work))]])

mutant(71 "nobody is told that there is room again" pipeline/rings.cpp
    [[{ intake_bell.ring_all(); }]]
    [[{ if (!MUTANT) intake_bell.ring_all(); }]])
