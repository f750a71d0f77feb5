-- The three names that rose most over the last 126 sessions, a third of 0.9 each.
WITH recent AS (
    SELECT instrument_id, session, close,
           row_number() OVER (PARTITION BY instrument_id ORDER BY session DESC) AS age
    FROM bars_split
    WHERE bar = '1 day' AND what = 'TRADES'
), moves AS (
    SELECT instrument_id, max(session) AS last_session,
           max(close) FILTER (age = 1) / max(close) FILTER (age = 127) - 1 AS move
    FROM recent GROUP BY instrument_id HAVING max(age) >= 127
)
SELECT instrument_id AS instrument,
       0.30 AS weight,
       max(last_session) OVER ()::TIMESTAMP + INTERVAL 21 HOUR AS as_of
FROM moves ORDER BY move DESC, instrument_id LIMIT 3;
