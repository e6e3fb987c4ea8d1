DROP INDEX task_bodies_session;
DROP TABLE llm_summaries;
DROP TABLE llm_turns;
DROP TABLE llm_sessions;
DROP TABLE llm_messages;
DROP TABLE llm_states;
DROP TABLE llm_costs;
DROP TABLE llm_calls;
