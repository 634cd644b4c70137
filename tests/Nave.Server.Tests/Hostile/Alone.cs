namespace Nave.Server.Tests.Hostile;

/// <summary>Tests that measure the process, or hold it to seconds: nothing else runs beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
