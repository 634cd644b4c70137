namespace Nave.Hub.Telemetry;

/// <summary>A view of the event stream that several consumers share the work of reading.</summary>
/// <param name="Name">Its name, as it was created; letter case does not distinguish.</param>
/// <param name="Created">When it was created; the default group: when the hub was.</param>
public sealed record ConsumerGroup(string Name, DateTimeOffset Created);
