# Written by build-aux/sources.sh (make sources); do not edit.

libaaos_a_SOURCES = \
	lib/action/action-child.c \
	lib/action/action-command.c \
	lib/action/action-file.c \
	lib/action/action-http.c \
	lib/action/action-internal.h \
	lib/action/action-letter.c \
	lib/action/action-payload.c \
	lib/action/action-payload.h \
	lib/action/action-proof.c \
	lib/action/action.c \
	lib/action/action.h \
	lib/action/webhook-sign.c \
	lib/core/attr.h \
	lib/core/buf.c \
	lib/core/buf.h \
	lib/core/clock-parse.c \
	lib/core/clock.c \
	lib/core/clock.h \
	lib/core/cmd-help.c \
	lib/core/cmd-internal.h \
	lib/core/cmd-opt.c \
	lib/core/cmd-parse.c \
	lib/core/cmd-progress.c \
	lib/core/cmd-shared.c \
	lib/core/cmd.c \
	lib/core/cmd.h \
	lib/core/conf-file.c \
	lib/core/conf-internal.h \
	lib/core/conf-named.c \
	lib/core/conf-parse.c \
	lib/core/conf-table.c \
	lib/core/conf-word.c \
	lib/core/conf.c \
	lib/core/conf.h \
	lib/core/curl.c \
	lib/core/curl.h \
	lib/core/decimal.c \
	lib/core/decimal.h \
	lib/core/err.c \
	lib/core/err.h \
	lib/core/failpoint.c \
	lib/core/failpoint.h \
	lib/core/file.c \
	lib/core/file.h \
	lib/core/hash.c \
	lib/core/hash.h \
	lib/core/http-address.c \
	lib/core/http-call.c \
	lib/core/http-end.c \
	lib/core/http-internal.h \
	lib/core/http-poll.c \
	lib/core/http-url.c \
	lib/core/http.c \
	lib/core/http.h \
	lib/core/json-scan.c \
	lib/core/json-scan.h \
	lib/core/json-text.c \
	lib/core/json-tree.c \
	lib/core/json-walk.c \
	lib/core/json.c \
	lib/core/json.h \
	lib/core/log.c \
	lib/core/log.h \
	lib/core/mem.c \
	lib/core/mem.h \
	lib/core/proc-info.c \
	lib/core/proc-internal.h \
	lib/core/proc-kill.c \
	lib/core/proc.c \
	lib/core/proc.h \
	lib/core/reader.c \
	lib/core/redact.c \
	lib/core/redact.h \
	lib/core/slots.c \
	lib/core/slots.h \
	lib/core/table-cell.c \
	lib/core/table-grid.c \
	lib/core/table-internal.h \
	lib/core/table.c \
	lib/core/table.h \
	lib/core/utf8.c \
	lib/core/uuid.c \
	lib/core/uuid.h \
	lib/db/db-driver.h \
	lib/db/db-postgres.h \
	lib/db/db-rows.c \
	lib/db/db-sqlite-copy.c \
	lib/db/db-sqlite-lock.c \
	lib/db/db-sqlite-open.c \
	lib/db/db-sqlite-tx.c \
	lib/db/db-sqlite.c \
	lib/db/db-sqlite.h \
	lib/db/db-url.c \
	lib/db/db.c \
	lib/db/db.h \
	lib/llm/anthropic-read.c \
	lib/llm/anthropic.c \
	lib/llm/call.c \
	lib/llm/call.h \
	lib/llm/class.c \
	lib/llm/class.h \
	lib/llm/classify.c \
	lib/llm/complexity.c \
	lib/llm/complexity.h \
	lib/llm/config-easy.c \
	lib/llm/config-internal.h \
	lib/llm/config-model.c \
	lib/llm/config-route.c \
	lib/llm/config-show.c \
	lib/llm/config.c \
	lib/llm/error.c \
	lib/llm/head.c \
	lib/llm/llm.c \
	lib/llm/llm.h \
	lib/llm/mend.c \
	lib/llm/ollama.c \
	lib/llm/openai-read.c \
	lib/llm/openai.c \
	lib/llm/output.c \
	lib/llm/output.h \
	lib/llm/parser.c \
	lib/llm/price.c \
	lib/llm/price.h \
	lib/llm/prices.c \
	lib/llm/reading.c \
	lib/llm/route-internal.h \
	lib/llm/route-judge.c \
	lib/llm/route-pick.c \
	lib/llm/route-text.c \
	lib/llm/route.c \
	lib/llm/route.h \
	lib/llm/schema-check.c \
	lib/llm/schema-frame.h \
	lib/llm/schema-internal.h \
	lib/llm/schema-nested.c \
	lib/llm/schema-pattern.c \
	lib/llm/schema-scalar.c \
	lib/llm/schema-value.c \
	lib/llm/schema.c \
	lib/llm/schema.h \
	lib/llm/settings.h \
	lib/llm/state-learn.c \
	lib/llm/state-text.c \
	lib/llm/state.c \
	lib/llm/state.h \
	lib/llm/tokens.c \
	lib/llm/tokens.h \
	lib/llm/wire-internal.h \
	lib/llm/wire.c \
	lib/llm/wire.h \
	lib/load/baseline.c \
	lib/load/baseline.h \
	lib/load/draw.c \
	lib/load/draw.h \
	lib/load/hist.c \
	lib/load/hist.h \
	lib/load/host.c \
	lib/load/host.h \
	lib/load/jsonl.c \
	lib/load/jsonl.h \
	lib/load/mix.c \
	lib/load/mix.h \
	lib/load/tally.c \
	lib/load/tally.h \
	lib/load/telemetry.c \
	lib/load/telemetry.h \
	lib/queue/queue-internal.h \
	lib/queue/queue-look.c \
	lib/queue/queue-look.h \
	lib/queue/queue-pop.c \
	lib/queue/queue-push.c \
	lib/queue/queue-redis.c \
	lib/queue/queue-refill.c \
	lib/queue/queue-wake.c \
	lib/queue/queue.c \
	lib/queue/queue.h \
	lib/queue/redis-conn.c \
	lib/queue/redis-open.c \
	lib/queue/redis-sentinel.c \
	lib/queue/redis-url.c \
	lib/queue/states.c \
	lib/queue/states.h \
	lib/report/axis.c \
	lib/report/axis.h \
	lib/report/doc.c \
	lib/report/doc.h \
	lib/report/escape.c \
	lib/report/escape.h \
	lib/report/html.c \
	lib/report/html.h \
	lib/report/markdown.c \
	lib/report/markdown.h \
	lib/report/prometheus.c \
	lib/report/prometheus.h \
	lib/report/screen.c \
	lib/report/screen.h \
	lib/report/svg.c \
	lib/report/svg.h \
	lib/report/top-detail.c \
	lib/report/top-draw.c \
	lib/report/top-keys.c \
	lib/report/top-lists.c \
	lib/report/top-model.c \
	lib/report/top-parts.c \
	lib/report/top.h \
	lib/report/value.c \
	lib/report/value.h \
	lib/sched/deliver.c \
	lib/sched/prune.c \
	lib/sched/reap-clock.c \
	lib/sched/reap-host.c \
	lib/sched/reap-lease.c \
	lib/sched/reap.c \
	lib/sched/reap.h \
	lib/sched/sched.c \
	lib/sched/sched.h \
	lib/sched/telemetry.c \
	lib/sched/tick-lock.c \
	lib/sched/tick-private.h \
	lib/sched/tick.c \
	lib/sched/tick.h \
	lib/store/actions-read.c \
	lib/store/actions.c \
	lib/store/actions.h \
	lib/store/agents.c \
	lib/store/agents.h \
	lib/store/audit.c \
	lib/store/audit.h \
	lib/store/bulk.c \
	lib/store/bulk.h \
	lib/store/calls-begin.c \
	lib/store/calls-costs.c \
	lib/store/calls-end.c \
	lib/store/calls-money.c \
	lib/store/calls-private.h \
	lib/store/calls-read.c \
	lib/store/calls-view.c \
	lib/store/calls.h \
	lib/store/claim-pick.c \
	lib/store/claim-rows.c \
	lib/store/claim.c \
	lib/store/claim.h \
	lib/store/control-change.c \
	lib/store/control-find.c \
	lib/store/control-private.h \
	lib/store/control.c \
	lib/store/control.h \
	lib/store/cycle.c \
	lib/store/cycle.h \
	lib/store/effects.c \
	lib/store/finish-rules.c \
	lib/store/finish.c \
	lib/store/flags.c \
	lib/store/flags.h \
	lib/store/follow-up.c \
	lib/store/gate.c \
	lib/store/gate.h \
	lib/store/heartbeat.c \
	lib/store/lease-private.h \
	lib/store/lease.c \
	lib/store/lease.h \
	lib/store/load.c \
	lib/store/load.h \
	lib/store/logs.c \
	lib/store/metrics.c \
	lib/store/metrics.h \
	lib/store/migrate-check.c \
	lib/store/migrate-text.h \
	lib/store/migrate.c \
	lib/store/migrate.h \
	lib/store/minds.c \
	lib/store/minds.h \
	lib/store/promote.c \
	lib/store/read-events.c \
	lib/store/read-overview.c \
	lib/store/read-pick.c \
	lib/store/read-private.h \
	lib/store/read-results.c \
	lib/store/read-tasks.c \
	lib/store/read-workflow.c \
	lib/store/read.h \
	lib/store/resume.c \
	lib/store/resume.h \
	lib/store/samples.c \
	lib/store/samples.h \
	lib/store/sessions.c \
	lib/store/sessions.h \
	lib/store/settle.c \
	lib/store/store-private.h \
	lib/store/store-tx.c \
	lib/store/store.c \
	lib/store/store.h \
	lib/store/submit-edges.c \
	lib/store/submit-insert.c \
	lib/store/submit-pieces.c \
	lib/store/submit-private.h \
	lib/store/submit-refs.c \
	lib/store/submit-workflow.c \
	lib/store/submit.c \
	lib/store/submit.h \
	lib/store/tick-ledger.c \
	lib/store/top.c \
	lib/store/top.h \
	lib/store/totals-keep.c \
	lib/store/totals.c \
	lib/store/totals.h \
	lib/store/upkeep.c \
	lib/store/upkeep.h \
	lib/store/webhook.c \
	lib/store/webhook.h \
	lib/task/graph-tree.c \
	lib/task/graph.c \
	lib/task/graph.h \
	lib/task/links.c \
	lib/task/links.h \
	lib/task/record-check.c \
	lib/task/record-digest.c \
	lib/task/record-field.h \
	lib/task/record-fields.c \
	lib/task/record-json.c \
	lib/task/record-merge.c \
	lib/task/record-number.c \
	lib/task/record-set.c \
	lib/task/record.c \
	lib/task/record.h \
	lib/task/refs.c \
	lib/task/refs.h \
	lib/task/simulation.c \
	lib/task/simulation.h \
	lib/task/task.c \
	lib/task/task.h \
	lib/verify/archive.c \
	lib/verify/archive.h \
	lib/verify/artifacts-garbage.c \
	lib/verify/artifacts-private.h \
	lib/verify/artifacts.c \
	lib/verify/artifacts.h \
	lib/verify/audit.c \
	lib/verify/audit.h \
	lib/verify/database-postgres.c \
	lib/verify/database-sqlite.c \
	lib/verify/database.c \
	lib/verify/database.h \
	lib/verify/e2e-rows.c \
	lib/verify/e2e-rows.h \
	lib/verify/hashes.c \
	lib/verify/hashes.h \
	lib/verify/index-private.h \
	lib/verify/index-server.c \
	lib/verify/index.c \
	lib/verify/index.h \
	lib/verify/invariants-private.h \
	lib/verify/invariants-table.c \
	lib/verify/invariants.c \
	lib/verify/invariants.h \
	lib/verify/logs-private.h \
	lib/verify/logs-tasks.c \
	lib/verify/logs.c \
	lib/verify/logs.h \
	lib/verify/render-json.c \
	lib/verify/render-junit.c \
	lib/verify/render-tap.c \
	lib/verify/render.h \
	lib/verify/schema.c \
	lib/verify/schema.h \
	lib/verify/settings.c \
	lib/verify/settings.h \
	lib/verify/tar.c \
	lib/verify/tar.h \
	lib/verify/verify.c \
	lib/verify/verify.h \
	lib/verify/walk.c \
	lib/verify/walk.h \
	lib/work/added.c \
	lib/work/agent.c \
	lib/work/ahead.c \
	lib/work/artifact.c \
	lib/work/artifact.h \
	lib/work/batch.c \
	lib/work/broker-begin.c \
	lib/work/broker-decide.c \
	lib/work/broker-end.c \
	lib/work/broker-explain.c \
	lib/work/broker-internal.h \
	lib/work/broker-money.c \
	lib/work/broker-states.c \
	lib/work/broker.c \
	lib/work/broker.h \
	lib/work/builtin.c \
	lib/work/command-args.c \
	lib/work/command-env.c \
	lib/work/command-pipes.c \
	lib/work/command.c \
	lib/work/command.h \
	lib/work/control.c \
	lib/work/control.h \
	lib/work/coprocess-hear.c \
	lib/work/coprocess-say.c \
	lib/work/coprocess-start.c \
	lib/work/coprocess.c \
	lib/work/coprocess.h \
	lib/work/deadman.c \
	lib/work/deadman.h \
	lib/work/drain.c \
	lib/work/effects.c \
	lib/work/ending-result.c \
	lib/work/ending.c \
	lib/work/errlog.c \
	lib/work/errlog.h \
	lib/work/explain.h \
	lib/work/held.c \
	lib/work/idle.c \
	lib/work/internal.h \
	lib/work/job.c \
	lib/work/joblog.c \
	lib/work/joblog.h \
	lib/work/lines.c \
	lib/work/lines.h \
	lib/work/llm-ask.c \
	lib/work/llm-call.c \
	lib/work/llm-end.c \
	lib/work/llm-explain.c \
	lib/work/llm-fit.c \
	lib/work/llm-handler.c \
	lib/work/llm-judge.c \
	lib/work/llm-plan-check.c \
	lib/work/llm-plan.c \
	lib/work/llm-prompt.c \
	lib/work/llm-proof.c \
	lib/work/llm-refuse.c \
	lib/work/llm-resume.c \
	lib/work/llm-run.c \
	lib/work/llm-settle.c \
	lib/work/llm-split.c \
	lib/work/llm-try.c \
	lib/work/llm.h \
	lib/work/message.c \
	lib/work/message.h \
	lib/work/mind.c \
	lib/work/mind.h \
	lib/work/output.c \
	lib/work/output.h \
	lib/work/parents.c \
	lib/work/profile-conf.c \
	lib/work/profile.c \
	lib/work/profile.h \
	lib/work/reap.c \
	lib/work/record.c \
	lib/work/simulate.c \
	lib/work/talk-fit.c \
	lib/work/talk.c \
	lib/work/talk.h \
	lib/work/told.c \
	lib/work/trouble.c \
	lib/work/work.c \
	lib/work/work.h

postgres_files = \
	lib/db/db-postgres-lib.c \
	lib/db/db-postgres-open.c \
	lib/db/db-postgres-pipe.c \
	lib/db/db-postgres-value.c \
	lib/db/db-postgres.c

sql_files = \
	lib/store/sql/calls.common.sql \
	lib/store/sql/calls.postgres.sql \
	lib/store/sql/calls.sqlite.sql \
	lib/store/sql/clock.common.sql \
	lib/store/sql/control.common.sql \
	lib/store/sql/control.postgres.sql \
	lib/store/sql/control.sqlite.sql \
	lib/store/sql/dispatch.common.sql \
	lib/store/sql/dispatch.postgres.sql \
	lib/store/sql/dispatch.sqlite.sql \
	lib/store/sql/load.common.sql \
	lib/store/sql/load.postgres.sql \
	lib/store/sql/load.sqlite.sql \
	lib/store/sql/metrics.common.sql \
	lib/store/sql/metrics.postgres.sql \
	lib/store/sql/metrics.sqlite.sql \
	lib/store/sql/minds.common.sql \
	lib/store/sql/prune.common.sql \
	lib/store/sql/read.common.sql \
	lib/store/sql/read.postgres.sql \
	lib/store/sql/read.sqlite.sql \
	lib/store/sql/resume.common.sql \
	lib/store/sql/sessions.common.sql \
	lib/store/sql/top.common.sql \
	lib/store/sql/top.postgres.sql \
	lib/store/sql/top.sqlite.sql \
	lib/store/sql/verify-money.common.sql \
	lib/store/sql/verify.common.sql \
	lib/store/sql/verify.postgres.sql \
	lib/store/sql/verify.sqlite.sql \
	lib/store/sql/workflow.common.sql \
	lib/store/sql/workflow.postgres.sql \
	lib/store/sql/workflow.sqlite.sql \
	lib/store/sql/write.common.sql \
	lib/store/sql/write.postgres.sql \
	lib/store/sql/write.sqlite.sql

migration_files = \
	lib/store/sql/postgres/0001-foundation.down.sql \
	lib/store/sql/postgres/0001-foundation.up.sql \
	lib/store/sql/postgres/0002-dispatcher.down.sql \
	lib/store/sql/postgres/0002-dispatcher.up.sql \
	lib/store/sql/postgres/0003-llm.down.sql \
	lib/store/sql/postgres/0003-llm.up.sql \
	lib/store/sql/postgres/0004-workflow-index.down.sql \
	lib/store/sql/postgres/0004-workflow-index.up.sql \
	lib/store/sql/sqlite/0001-foundation.down.sql \
	lib/store/sql/sqlite/0001-foundation.up.sql \
	lib/store/sql/sqlite/0002-dispatcher.down.sql \
	lib/store/sql/sqlite/0002-dispatcher.up.sql \
	lib/store/sql/sqlite/0003-llm.down.sql \
	lib/store/sql/sqlite/0003-llm.up.sql \
	lib/store/sql/sqlite/0004-workflow-index.down.sql \
	lib/store/sql/sqlite/0004-workflow-index.up.sql

lua_files = \
	lib/queue/lua/pop.lua \
	lib/queue/lua/push.lua \
	lib/queue/lua/rebuild-begin.lua \
	lib/queue/lua/rebuild-end.lua \
	lib/queue/lua/states-swap.lua \
	lib/queue/lua/wake.lua

profile_files = \
	lib/work/profiles/analysis.ini \
	lib/work/profiles/backend.ini \
	lib/work/profiles/code.ini \
	lib/work/profiles/cto.ini \
	lib/work/profiles/devops.ini \
	lib/work/profiles/documentation.ini \
	lib/work/profiles/frontend.ini \
	lib/work/profiles/qa.ini \
	lib/work/profiles/research.ini \
	lib/work/profiles/synthesis.ini \
	lib/work/profiles/trading.ini

prompt_files = \
	lib/work/profiles/analysis.md \
	lib/work/profiles/backend.md \
	lib/work/profiles/code.md \
	lib/work/profiles/cto.md \
	lib/work/profiles/devops.md \
	lib/work/profiles/documentation.md \
	lib/work/profiles/frontend.md \
	lib/work/profiles/qa.md \
	lib/work/profiles/research.md \
	lib/work/profiles/synthesis.md \
	lib/work/profiles/trading.md

cmd_common = \
	cmd/repair.c \
	cmd/repair.h \
	cmd/result-json.c \
	cmd/result-json.h \
	cmd/secret.c \
	cmd/secret.h \
	cmd/setup.c \
	cmd/setup.h

bin_PROGRAMS = aaos-submit aaos-worker aaos-dispatch aaos-status aaos-migrate aaos-loadgen aaos-verify

aaos_submit_SOURCES = \
	cmd/aaos-submit.c \
	cmd/submit-after.c \
	cmd/submit-atomic.c \
	cmd/submit-batch.c \
	cmd/submit-file.c \
	cmd/submit-input.c \
	cmd/submit-log.c \
	cmd/submit-spool.c \
	cmd/submit-wait.c \
	cmd/submit.h
aaos_submit_SOURCES += $(cmd_common)

aaos_worker_SOURCES = \
	cmd/aaos-worker.c \
	cmd/worker-explain.c \
	cmd/worker-llm.c \
	cmd/worker-options.c \
	cmd/worker.h
aaos_worker_SOURCES += $(cmd_common)

aaos_dispatch_SOURCES = \
	cmd/aaos-dispatch.c \
	cmd/dispatch-action.c \
	cmd/dispatch-apply.c \
	cmd/dispatch-config.c \
	cmd/dispatch-flags.c \
	cmd/dispatch-ids.c \
	cmd/dispatch-tick.c \
	cmd/dispatch-verbs.c \
	cmd/dispatch.h
aaos_dispatch_SOURCES += $(cmd_common)

aaos_status_SOURCES = \
	cmd/aaos-status.c \
	cmd/status-calls.c \
	cmd/status-control.c \
	cmd/status-costs.c \
	cmd/status-exposition-llm.c \
	cmd/status-exposition-types.c \
	cmd/status-exposition.c \
	cmd/status-flow.c \
	cmd/status-flow.h \
	cmd/status-follow.c \
	cmd/status-ids.c \
	cmd/status-lists.c \
	cmd/status-metrics.c \
	cmd/status-metrics.h \
	cmd/status-overview.c \
	cmd/status-path.c \
	cmd/status-results.c \
	cmd/status-rows.c \
	cmd/status-task.c \
	cmd/status-top-read.c \
	cmd/status-top-replay.c \
	cmd/status-top-replay.h \
	cmd/status-top-stage.c \
	cmd/status-top-task.c \
	cmd/status-top-term.c \
	cmd/status-top.c \
	cmd/status-top.h \
	cmd/status-tree.c \
	cmd/status-wait.c \
	cmd/status-why-model.c \
	cmd/status-why.c \
	cmd/status-workflow.c \
	cmd/status.h
aaos_status_SOURCES += $(cmd_common)

aaos_migrate_SOURCES = \
	cmd/aaos-migrate.c
aaos_migrate_SOURCES += $(cmd_common)

aaos_loadgen_SOURCES = \
	cmd/aaos-loadgen.c \
	cmd/loadgen-agents.c \
	cmd/loadgen-baseline.c \
	cmd/loadgen-baseline.h \
	cmd/loadgen-clean.c \
	cmd/loadgen-harvest.c \
	cmd/loadgen-open.c \
	cmd/loadgen-plan.c \
	cmd/loadgen-print.c \
	cmd/loadgen-recorded.c \
	cmd/loadgen-report-baseline.c \
	cmd/loadgen-report-plots.c \
	cmd/loadgen-report-run.c \
	cmd/loadgen-report.c \
	cmd/loadgen-report.h \
	cmd/loadgen-results.c \
	cmd/loadgen-rows.c \
	cmd/loadgen-run.c \
	cmd/loadgen-sample.c \
	cmd/loadgen-submit.c \
	cmd/loadgen-summary.c \
	cmd/loadgen.h
aaos_loadgen_SOURCES += $(cmd_common)

aaos_verify_SOURCES = \
	cmd/aaos-verify.c \
	cmd/verify-areas.c \
	cmd/verify-doc.c \
	cmd/verify-e2e-child.c \
	cmd/verify-e2e-keep.c \
	cmd/verify-e2e-log.c \
	cmd/verify-e2e-see.c \
	cmd/verify-e2e-work.c \
	cmd/verify-e2e.c \
	cmd/verify-e2e.h \
	cmd/verify-evidence.c \
	cmd/verify-figures.c \
	cmd/verify-figures.h \
	cmd/verify-gate.c \
	cmd/verify-models.c \
	cmd/verify.h
aaos_verify_SOURCES += $(cmd_common)

unit_common = \
	tests/unit/action-case.h \
	tests/unit/actor.h \
	tests/unit/db-folder.h \
	tests/unit/db-items.h \
	tests/unit/drop.h \
	tests/unit/family.h \
	tests/unit/fuzz-targets.h \
	tests/unit/http-case.h \
	tests/unit/llm-case.h \
	tests/unit/node.h \
	tests/unit/programs.h \
	tests/unit/queue-case.h \
	tests/unit/receiver.h \
	tests/unit/record-case.h \
	tests/unit/redis-case.h \
	tests/unit/redis-test.h \
	tests/unit/route-case.h \
	tests/unit/sql-case.h \
	tests/unit/store-case.h \
	tests/unit/tap.h

check_PROGRAMS = \
	tests/unit/test-action-local \
	tests/unit/test-action-proof \
	tests/unit/test-action \
	tests/unit/test-actions \
	tests/unit/test-agents \
	tests/unit/test-audit \
	tests/unit/test-baseline \
	tests/unit/test-broker \
	tests/unit/test-buf \
	tests/unit/test-claim \
	tests/unit/test-clock \
	tests/unit/test-cmd-end \
	tests/unit/test-cmd \
	tests/unit/test-conf \
	tests/unit/test-control-verbs \
	tests/unit/test-control \
	tests/unit/test-db-lock \
	tests/unit/test-db-postgres \
	tests/unit/test-db-sqlite \
	tests/unit/test-db-tx \
	tests/unit/test-db \
	tests/unit/test-depends \
	tests/unit/test-effects \
	tests/unit/test-err \
	tests/unit/test-finish \
	tests/unit/test-flags \
	tests/unit/test-fuzz \
	tests/unit/test-graph \
	tests/unit/test-hand-over \
	tests/unit/test-hash \
	tests/unit/test-hist \
	tests/unit/test-http-refuse \
	tests/unit/test-http \
	tests/unit/test-joblog \
	tests/unit/test-json \
	tests/unit/test-labels \
	tests/unit/test-lease \
	tests/unit/test-links \
	tests/unit/test-llm-build \
	tests/unit/test-llm-call \
	tests/unit/test-llm-class \
	tests/unit/test-llm-config \
	tests/unit/test-llm-output \
	tests/unit/test-llm-parse \
	tests/unit/test-llm-peers \
	tests/unit/test-llm-plan \
	tests/unit/test-llm-price \
	tests/unit/test-llm-schema \
	tests/unit/test-llm-settle \
	tests/unit/test-llm-state \
	tests/unit/test-llm-tokens \
	tests/unit/test-log \
	tests/unit/test-metrics \
	tests/unit/test-migrate \
	tests/unit/test-mind \
	tests/unit/test-mix \
	tests/unit/test-output \
	tests/unit/test-plans \
	tests/unit/test-proc-kill \
	tests/unit/test-proc \
	tests/unit/test-profile \
	tests/unit/test-prometheus \
	tests/unit/test-queue-faults \
	tests/unit/test-queue-redis \
	tests/unit/test-queue-sentinel \
	tests/unit/test-queue \
	tests/unit/test-read-overview \
	tests/unit/test-read \
	tests/unit/test-reader \
	tests/unit/test-record-hostile \
	tests/unit/test-record-rules \
	tests/unit/test-record \
	tests/unit/test-redact \
	tests/unit/test-report \
	tests/unit/test-route \
	tests/unit/test-sched \
	tests/unit/test-screen \
	tests/unit/test-sessions \
	tests/unit/test-slots \
	tests/unit/test-store \
	tests/unit/test-submit \
	tests/unit/test-table \
	tests/unit/test-talk \
	tests/unit/test-task \
	tests/unit/test-tick \
	tests/unit/test-top \
	tests/unit/test-upkeep \
	tests/unit/test-uuid \
	tests/unit/test-verify-hashes \
	tests/unit/test-verify-invariants \
	tests/unit/test-verify-render \
	tests/unit/test-webhook
tests_unit_test_action_local_SOURCES = tests/unit/test-action-local.c $(unit_common)
tests_unit_test_action_proof_SOURCES = tests/unit/test-action-proof.c $(unit_common)
tests_unit_test_action_SOURCES = tests/unit/test-action.c $(unit_common)
tests_unit_test_actions_SOURCES = tests/unit/test-actions.c $(unit_common)
tests_unit_test_agents_SOURCES = tests/unit/test-agents.c $(unit_common)
tests_unit_test_audit_SOURCES = tests/unit/test-audit.c $(unit_common)
tests_unit_test_baseline_SOURCES = tests/unit/test-baseline.c $(unit_common)
tests_unit_test_broker_SOURCES = tests/unit/test-broker.c $(unit_common)
tests_unit_test_buf_SOURCES = tests/unit/test-buf.c $(unit_common)
tests_unit_test_claim_SOURCES = tests/unit/test-claim.c $(unit_common)
tests_unit_test_clock_SOURCES = tests/unit/test-clock.c $(unit_common)
tests_unit_test_cmd_end_SOURCES = tests/unit/test-cmd-end.c $(unit_common)
tests_unit_test_cmd_SOURCES = tests/unit/test-cmd.c $(unit_common)
tests_unit_test_conf_SOURCES = tests/unit/test-conf.c $(unit_common)
tests_unit_test_control_verbs_SOURCES = tests/unit/test-control-verbs.c $(unit_common)
tests_unit_test_control_SOURCES = tests/unit/test-control.c $(unit_common)
tests_unit_test_db_lock_SOURCES = tests/unit/test-db-lock.c $(unit_common)
tests_unit_test_db_postgres_SOURCES = tests/unit/test-db-postgres.c $(unit_common)
tests_unit_test_db_sqlite_SOURCES = tests/unit/test-db-sqlite.c $(unit_common)
tests_unit_test_db_tx_SOURCES = tests/unit/test-db-tx.c $(unit_common)
tests_unit_test_db_SOURCES = tests/unit/test-db.c $(unit_common)
tests_unit_test_depends_SOURCES = tests/unit/test-depends.c $(unit_common)
tests_unit_test_effects_SOURCES = tests/unit/test-effects.c $(unit_common)
tests_unit_test_err_SOURCES = tests/unit/test-err.c $(unit_common)
tests_unit_test_finish_SOURCES = tests/unit/test-finish.c $(unit_common)
tests_unit_test_flags_SOURCES = tests/unit/test-flags.c $(unit_common)
tests_unit_test_fuzz_SOURCES = tests/unit/test-fuzz.c $(unit_common)
tests_unit_test_graph_SOURCES = tests/unit/test-graph.c $(unit_common)
tests_unit_test_hand_over_SOURCES = tests/unit/test-hand-over.c $(unit_common)
tests_unit_test_hash_SOURCES = tests/unit/test-hash.c $(unit_common)
tests_unit_test_hist_SOURCES = tests/unit/test-hist.c $(unit_common)
tests_unit_test_http_refuse_SOURCES = tests/unit/test-http-refuse.c $(unit_common)
tests_unit_test_http_SOURCES = tests/unit/test-http.c $(unit_common)
tests_unit_test_joblog_SOURCES = tests/unit/test-joblog.c $(unit_common)
tests_unit_test_json_SOURCES = tests/unit/test-json.c $(unit_common)
tests_unit_test_labels_SOURCES = tests/unit/test-labels.c $(unit_common)
tests_unit_test_lease_SOURCES = tests/unit/test-lease.c $(unit_common)
tests_unit_test_links_SOURCES = tests/unit/test-links.c $(unit_common)
tests_unit_test_llm_build_SOURCES = tests/unit/test-llm-build.c $(unit_common)
tests_unit_test_llm_call_SOURCES = tests/unit/test-llm-call.c $(unit_common)
tests_unit_test_llm_class_SOURCES = tests/unit/test-llm-class.c $(unit_common)
tests_unit_test_llm_config_SOURCES = tests/unit/test-llm-config.c $(unit_common)
tests_unit_test_llm_output_SOURCES = tests/unit/test-llm-output.c $(unit_common)
tests_unit_test_llm_parse_SOURCES = tests/unit/test-llm-parse.c $(unit_common)
tests_unit_test_llm_peers_SOURCES = tests/unit/test-llm-peers.c $(unit_common)
tests_unit_test_llm_plan_SOURCES = tests/unit/test-llm-plan.c $(unit_common)
tests_unit_test_llm_price_SOURCES = tests/unit/test-llm-price.c $(unit_common)
tests_unit_test_llm_schema_SOURCES = tests/unit/test-llm-schema.c $(unit_common)
tests_unit_test_llm_settle_SOURCES = tests/unit/test-llm-settle.c $(unit_common)
tests_unit_test_llm_state_SOURCES = tests/unit/test-llm-state.c $(unit_common)
tests_unit_test_llm_tokens_SOURCES = tests/unit/test-llm-tokens.c $(unit_common)
tests_unit_test_log_SOURCES = tests/unit/test-log.c $(unit_common)
tests_unit_test_metrics_SOURCES = tests/unit/test-metrics.c $(unit_common)
tests_unit_test_migrate_SOURCES = tests/unit/test-migrate.c $(unit_common)
tests_unit_test_mind_SOURCES = tests/unit/test-mind.c $(unit_common)
tests_unit_test_mix_SOURCES = tests/unit/test-mix.c $(unit_common)
tests_unit_test_output_SOURCES = tests/unit/test-output.c $(unit_common)
tests_unit_test_plans_SOURCES = tests/unit/test-plans.c $(unit_common)
tests_unit_test_proc_kill_SOURCES = tests/unit/test-proc-kill.c $(unit_common)
tests_unit_test_proc_SOURCES = tests/unit/test-proc.c $(unit_common)
tests_unit_test_profile_SOURCES = tests/unit/test-profile.c $(unit_common)
tests_unit_test_prometheus_SOURCES = tests/unit/test-prometheus.c $(unit_common)
tests_unit_test_queue_faults_SOURCES = tests/unit/test-queue-faults.c $(unit_common)
tests_unit_test_queue_redis_SOURCES = tests/unit/test-queue-redis.c $(unit_common)
tests_unit_test_queue_sentinel_SOURCES = tests/unit/test-queue-sentinel.c $(unit_common)
tests_unit_test_queue_SOURCES = tests/unit/test-queue.c $(unit_common)
tests_unit_test_read_overview_SOURCES = tests/unit/test-read-overview.c $(unit_common)
tests_unit_test_read_SOURCES = tests/unit/test-read.c $(unit_common)
tests_unit_test_reader_SOURCES = tests/unit/test-reader.c $(unit_common)
tests_unit_test_record_hostile_SOURCES = tests/unit/test-record-hostile.c $(unit_common)
tests_unit_test_record_rules_SOURCES = tests/unit/test-record-rules.c $(unit_common)
tests_unit_test_record_SOURCES = tests/unit/test-record.c $(unit_common)
tests_unit_test_redact_SOURCES = tests/unit/test-redact.c $(unit_common)
tests_unit_test_report_SOURCES = tests/unit/test-report.c $(unit_common)
tests_unit_test_route_SOURCES = tests/unit/test-route.c $(unit_common)
tests_unit_test_sched_SOURCES = tests/unit/test-sched.c $(unit_common)
tests_unit_test_screen_SOURCES = tests/unit/test-screen.c $(unit_common)
tests_unit_test_sessions_SOURCES = tests/unit/test-sessions.c $(unit_common)
tests_unit_test_slots_SOURCES = tests/unit/test-slots.c $(unit_common)
tests_unit_test_store_SOURCES = tests/unit/test-store.c $(unit_common)
tests_unit_test_submit_SOURCES = tests/unit/test-submit.c $(unit_common)
tests_unit_test_table_SOURCES = tests/unit/test-table.c $(unit_common)
tests_unit_test_talk_SOURCES = tests/unit/test-talk.c $(unit_common)
tests_unit_test_task_SOURCES = tests/unit/test-task.c $(unit_common)
tests_unit_test_tick_SOURCES = tests/unit/test-tick.c $(unit_common)
tests_unit_test_top_SOURCES = tests/unit/test-top.c $(unit_common)
tests_unit_test_upkeep_SOURCES = tests/unit/test-upkeep.c $(unit_common)
tests_unit_test_uuid_SOURCES = tests/unit/test-uuid.c $(unit_common)
tests_unit_test_verify_hashes_SOURCES = tests/unit/test-verify-hashes.c $(unit_common)
tests_unit_test_verify_invariants_SOURCES = tests/unit/test-verify-invariants.c $(unit_common)
tests_unit_test_verify_render_SOURCES = tests/unit/test-verify-render.c $(unit_common)
tests_unit_test_webhook_SOURCES = tests/unit/test-webhook.c $(unit_common)

bench_programs = \
	tests/bench/co-agent \
	tests/bench/latency \
	tests/bench/limit-llm \
	tests/bench/limit-postgres \
	tests/bench/limit-spawn \
	tests/bench/limit-sqlite \
	tests/bench/llm-server \
	tests/bench/peer-beanstalkd
tests_bench_co_agent_SOURCES = tests/bench/co-agent.c tests/bench/bench.h
tests_bench_latency_SOURCES = tests/bench/latency.c tests/bench/bench.h
tests_bench_limit_llm_SOURCES = tests/bench/limit-llm.c tests/bench/bench.h
tests_bench_limit_postgres_SOURCES = tests/bench/limit-postgres.c tests/bench/bench.h
tests_bench_limit_spawn_SOURCES = tests/bench/limit-spawn.c tests/bench/bench.h
tests_bench_limit_sqlite_SOURCES = tests/bench/limit-sqlite.c tests/bench/bench.h
tests_bench_llm_server_SOURCES = tests/bench/llm-server.c tests/bench/bench.h
tests_bench_peer_beanstalkd_SOURCES = tests/bench/peer-beanstalkd.c tests/bench/bench.h

test_scripts = \
	tests/completions.test \
	tests/crash-smoke.test \
	tests/layers.test \
	tests/sources.test \
	tests/symbols.test \
	tests/deployments/postgres-redis.test \
	tests/deployments/power-cut.test \
	tests/deployments/sqlite-redis.test

bats_files = \
	tests/bats/actions.bats \
	tests/bats/aol.bats \
	tests/bats/baseline.bats \
	tests/bats/clock-postgres.bats \
	tests/bats/clock.bats \
	tests/bats/control.bats \
	tests/bats/coprocess.bats \
	tests/bats/crash.bats \
	tests/bats/demo.bats \
	tests/bats/dispatch.bats \
	tests/bats/docs.bats \
	tests/bats/effects.bats \
	tests/bats/flows.bats \
	tests/bats/llm-flows.bats \
	tests/bats/llm-hard.bats \
	tests/bats/llm.bats \
	tests/bats/loadgen.bats \
	tests/bats/logs.bats \
	tests/bats/memory.bats \
	tests/bats/metrics.bats \
	tests/bats/migrate.bats \
	tests/bats/postgres.bats \
	tests/bats/redis.bats \
	tests/bats/router.bats \
	tests/bats/status.bats \
	tests/bats/submit-input.bats \
	tests/bats/submit.bats \
	tests/bats/tick.bats \
	tests/bats/top.bats \
	tests/bats/verify-areas.bats \
	tests/bats/verify-e2e.bats \
	tests/bats/verify-gate.bats \
	tests/bats/verify-postgres.bats \
	tests/bats/verify-redis.bats \
	tests/bats/verify.bats \
	tests/bats/worker-life.bats \
	tests/bats/worker.bats \
	tests/bats/workflow.bats

data_files = \
	examples/aaos-alerts.yml \
	examples/aaos-dashboard.json \
	examples/aaos-dispatch.service \
	examples/aaos-worker@.service \
	examples/aaos.conf \
	examples/crontab \
	examples/demo.sh \
	examples/gate.conf \
	examples/phase-agent.sh \
	examples/top-words.sh \
	examples/webhook-receiver.js \
	examples/word-agent.sh \
	examples/workflow.json \
	examples/workflow.sh \
	tests/bats/actions.bats \
	tests/bats/aol.bats \
	tests/bats/baseline.bats \
	tests/bats/clock-postgres.bats \
	tests/bats/clock.bats \
	tests/bats/control.bats \
	tests/bats/coprocess.bats \
	tests/bats/crash.bats \
	tests/bats/demo.bats \
	tests/bats/dispatch.bats \
	tests/bats/docs.bats \
	tests/bats/effects.bats \
	tests/bats/flows.bats \
	tests/bats/helper.bash \
	tests/bats/llm-flows.bats \
	tests/bats/llm-hard.bats \
	tests/bats/llm.bash \
	tests/bats/llm.bats \
	tests/bats/loadgen.bats \
	tests/bats/logs.bats \
	tests/bats/memory.bats \
	tests/bats/metrics.bats \
	tests/bats/migrate.bats \
	tests/bats/postgres.bats \
	tests/bats/redis.bats \
	tests/bats/router.bats \
	tests/bats/status.bats \
	tests/bats/submit-input.bats \
	tests/bats/submit.bats \
	tests/bats/tick.bats \
	tests/bats/top.bats \
	tests/bats/verify-areas.bats \
	tests/bats/verify-e2e.bats \
	tests/bats/verify-gate.bats \
	tests/bats/verify-postgres.bats \
	tests/bats/verify-redis.bats \
	tests/bats/verify.bats \
	tests/bats/worker-life.bats \
	tests/bats/worker.bats \
	tests/bats/workflow.bats \
	tests/bench/README.md \
	tests/bench/budgets.tsv \
	tests/bench/common.sh \
	tests/bench/curves \
	tests/bench/peer-bullmq.mjs \
	tests/bench/rows.sh \
	tests/bench/run \
	tests/bench/table.awk \
	tests/bin/co-agent \
	tests/bin/llm-double.js \
	tests/bin/llm-judge.js \
	tests/bin/llm-peer.js \
	tests/bin/llm-server.js \
	tests/bin/overlaps \
	tests/bin/ticker \
	tests/bin/webhook-receiver.js \
	tests/completions.test \
	tests/crash-smoke.test \
	tests/crash/campaign \
	tests/crash/check.awk \
	tests/crash/effect \
	tests/crash/invariants.sql \
	tests/crash/mutants/acknowledge.patch \
	tests/crash/mutants/effects.patch \
	tests/crash/mutants/fence.patch \
	tests/crash/mutants/liveness.patch \
	tests/crash/mutants/outbox.patch \
	tests/crash/mutate \
	tests/crash/sink.js \
	tests/crash/trial \
	tests/deployments/postgres-redis.test \
	tests/deployments/power-cut.test \
	tests/deployments/run \
	tests/deployments/sqlite-redis.test \
	tests/fuzz/class.c \
	tests/fuzz/output.c \
	tests/fuzz/prices.c \
	tests/fuzz/redact.c \
	tests/fuzz/schema.c \
	tests/fuzz/seeds/class/auth-14 \
	tests/fuzz/seeds/class/auth-15 \
	tests/fuzz/seeds/class/bad_request-06 \
	tests/fuzz/seeds/class/bad_request-07 \
	tests/fuzz/seeds/class/bad_request-08 \
	tests/fuzz/seeds/class/bad_request-09 \
	tests/fuzz/seeds/class/bad_request-10 \
	tests/fuzz/seeds/class/bad_request-39 \
	tests/fuzz/seeds/class/conflict-27 \
	tests/fuzz/seeds/class/context-01 \
	tests/fuzz/seeds/class/context-02 \
	tests/fuzz/seeds/class/context-03 \
	tests/fuzz/seeds/class/context-04 \
	tests/fuzz/seeds/class/context-05 \
	tests/fuzz/seeds/class/heads \
	tests/fuzz/seeds/class/model_gone-21 \
	tests/fuzz/seeds/class/model_gone-22 \
	tests/fuzz/seeds/class/model_gone-23 \
	tests/fuzz/seeds/class/model_gone-24 \
	tests/fuzz/seeds/class/overload-31 \
	tests/fuzz/seeds/class/overload-32 \
	tests/fuzz/seeds/class/overload-38 \
	tests/fuzz/seeds/class/policy-11 \
	tests/fuzz/seeds/class/policy-12 \
	tests/fuzz/seeds/class/policy-13 \
	tests/fuzz/seeds/class/quota-16 \
	tests/fuzz/seeds/class/quota-17 \
	tests/fuzz/seeds/class/quota-18 \
	tests/fuzz/seeds/class/quota-19 \
	tests/fuzz/seeds/class/quota-20 \
	tests/fuzz/seeds/class/rate-28 \
	tests/fuzz/seeds/class/rate-29 \
	tests/fuzz/seeds/class/rate-30 \
	tests/fuzz/seeds/class/server-34 \
	tests/fuzz/seeds/class/server-35 \
	tests/fuzz/seeds/class/server-36 \
	tests/fuzz/seeds/class/server-37 \
	tests/fuzz/seeds/class/timeout-25 \
	tests/fuzz/seeds/class/timeout-26 \
	tests/fuzz/seeds/class/warming-33 \
	tests/fuzz/seeds/output/01 \
	tests/fuzz/seeds/output/02 \
	tests/fuzz/seeds/output/03 \
	tests/fuzz/seeds/output/04 \
	tests/fuzz/seeds/output/05 \
	tests/fuzz/seeds/output/06 \
	tests/fuzz/seeds/output/07 \
	tests/fuzz/seeds/output/08 \
	tests/fuzz/seeds/output/09 \
	tests/fuzz/seeds/output/10 \
	tests/fuzz/seeds/output/11 \
	tests/fuzz/seeds/output/12 \
	tests/fuzz/seeds/output/13 \
	tests/fuzz/seeds/output/14 \
	tests/fuzz/seeds/output/15 \
	tests/fuzz/seeds/output/16 \
	tests/fuzz/seeds/output/17 \
	tests/fuzz/seeds/output/18 \
	tests/fuzz/seeds/output/19 \
	tests/fuzz/seeds/output/20 \
	tests/fuzz/seeds/output/21 \
	tests/fuzz/seeds/output/22 \
	tests/fuzz/seeds/output/23 \
	tests/fuzz/seeds/output/24 \
	tests/fuzz/seeds/output/25 \
	tests/fuzz/seeds/prices/decimal \
	tests/fuzz/seeds/prices/digits \
	tests/fuzz/seeds/prices/map \
	tests/fuzz/seeds/prices/none \
	tests/fuzz/seeds/redact/0 \
	tests/fuzz/seeds/redact/1 \
	tests/fuzz/seeds/redact/2 \
	tests/fuzz/seeds/redact/3 \
	tests/fuzz/seeds/redact/4 \
	tests/fuzz/seeds/redact/5 \
	tests/fuzz/seeds/schema/00 \
	tests/fuzz/seeds/schema/01 \
	tests/fuzz/seeds/schema/02 \
	tests/fuzz/seeds/schema/03 \
	tests/fuzz/seeds/schema/04 \
	tests/fuzz/seeds/schema/05 \
	tests/fuzz/seeds/schema/06 \
	tests/fuzz/seeds/schema/07 \
	tests/fuzz/seeds/schema/08 \
	tests/fuzz/seeds/schema/09 \
	tests/fuzz/seeds/schema/10 \
	tests/fuzz/seeds/schema/11 \
	tests/fuzz/seeds/schema/12 \
	tests/fuzz/seeds/schema/13 \
	tests/fuzz/seeds/schema/14 \
	tests/fuzz/seeds/schema/15 \
	tests/fuzz/seeds/schema/16 \
	tests/fuzz/seeds/schema/17 \
	tests/fuzz/seeds/schema/18 \
	tests/fuzz/seeds/schema/19 \
	tests/fuzz/seeds/schema/20 \
	tests/fuzz/seeds/schema/21 \
	tests/fuzz/seeds/schema/22 \
	tests/fuzz/seeds/schema/23 \
	tests/fuzz/seeds/schema/24 \
	tests/fuzz/seeds/schema/25 \
	tests/fuzz/seeds/schema/26 \
	tests/fuzz/seeds/schema/27 \
	tests/fuzz/seeds/schema/28 \
	tests/fuzz/seeds/schema/29 \
	tests/fuzz/seeds/schema/30 \
	tests/fuzz/seeds/schema/31 \
	tests/fuzz/seeds/schema/32 \
	tests/fuzz/seeds/schema/33 \
	tests/fuzz/seeds/schema/34 \
	tests/fuzz/seeds/schema/35 \
	tests/fuzz/seeds/schema/36 \
	tests/fuzz/seeds/schema/37 \
	tests/fuzz/seeds/stream/a-brace-that-begins-no-json \
	tests/fuzz/seeds/stream/a-finish-reason-of-error \
	tests/fuzz/seeds/stream/a-list \
	tests/fuzz/seeds/stream/a-page \
	tests/fuzz/seeds/stream/a-sentence \
	tests/fuzz/seeds/stream/a-stream-without-its-end \
	tests/fuzz/seeds/stream/a-thousandth-tool \
	tests/fuzz/seeds/stream/an-answer-without-a-finish-reason \
	tests/fuzz/seeds/stream/an-error-as-vllm-has-it \
	tests/fuzz/seeds/stream/an-error-in-the-middle \
	tests/fuzz/seeds/stream/anthropic-a-split-that-does-not-add-up \
	tests/fuzz/seeds/stream/anthropic-an-error-event \
	tests/fuzz/seeds/stream/anthropic-json-of-something-else \
	tests/fuzz/seeds/stream/anthropic-no-stop \
	tests/fuzz/seeds/stream/anthropic-streamed \
	tests/fuzz/seeds/stream/anthropic-whole-with-caches \
	tests/fuzz/seeds/stream/choices-that-are-no-list \
	tests/fuzz/seeds/stream/data-that-is-no-json \
	tests/fuzz/seeds/stream/json-without-choices \
	tests/fuzz/seeds/stream/long-finish-reason \
	tests/fuzz/seeds/stream/ollama-an-error \
	tests/fuzz/seeds/stream/ollama-not-done \
	tests/fuzz/seeds/stream/ollama-streamed \
	tests/fuzz/seeds/stream/ollama-tools-without-ids \
	tests/fuzz/seeds/stream/ollama-torn \
	tests/fuzz/seeds/stream/only-pings \
	tests/fuzz/seeds/stream/openai-half-a-character-and-a-nul-as-escapes \
	tests/fuzz/seeds/stream/openai-numbers-that-contradict-each-other \
	tests/fuzz/seeds/stream/openai-printed-over-many-lines \
	tests/fuzz/seeds/stream/openai-streamed \
	tests/fuzz/seeds/stream/openai-text-in-parts-a-refusal \
	tests/fuzz/seeds/stream/openai-tools-by-their-index \
	tests/fuzz/seeds/stream/openai-tools-without-an-index-counted-from-one-eve \
	tests/fuzz/seeds/stream/openai-whole \
	tests/fuzz/seeds/stream/twice-the-same-key \
	tests/fuzz/stream.c \
	tests/layers.test \
	tests/run-check \
	tests/servers.sh \
	tests/sources.test \
	tests/symbols.test

example_files = \
	examples/aaos-alerts.yml \
	examples/aaos-dashboard.json \
	examples/aaos-dispatch.service \
	examples/aaos-worker@.service \
	examples/aaos.conf \
	examples/crontab \
	examples/gate.conf \
	examples/workflow.json

example_scripts = \
	examples/demo.sh \
	examples/phase-agent.sh \
	examples/top-words.sh \
	examples/webhook-receiver.js \
	examples/word-agent.sh \
	examples/workflow.sh

man_files = \
	man/aaos-dispatch.1 \
	man/aaos-loadgen.1 \
	man/aaos-migrate.1 \
	man/aaos-status.1 \
	man/aaos-submit.1 \
	man/aaos-verify.1 \
	man/aaos-worker.1 \
	man/aaos.7 \
	man/aaos.conf.5

doc_files = \
	HACKING.md \
	NEWS.md \
	README.md
