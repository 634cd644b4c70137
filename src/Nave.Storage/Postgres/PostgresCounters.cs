namespace Nave.Storage.Postgres;

/// <summary>The counters of a store, as the server has them.</summary>
/// <param name="Epoch">Grows whenever the store is opened: who has another one is not the one who writes.</param>
/// <param name="Version">The last version given out.</param>
/// <param name="Outbox">The last sequence of the outbox given out.</param>
/// <param name="OutboxRemoved">The sequence before the first entry that is still there.</param>
internal readonly record struct PostgresCounters(long Epoch, long Version, long Outbox, long OutboxRemoved);
