using Microsoft.Extensions.Logging;

namespace Nave.Storage.Postgres;

/// <summary>What a store has from the process around it.</summary>
internal sealed record PostgresSurroundings(TimeProvider Time, ILogger Logger);
