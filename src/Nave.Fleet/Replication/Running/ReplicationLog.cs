using Microsoft.Extensions.Logging;

namespace Nave.Fleet.Replication.Running;

/// <summary>What replication logs: never a document, a body or a key.</summary>
internal static partial class ReplicationLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Partition {Partition} is replicated here from behind sequence number {Sequence}, owner level {Epoch}")]
    public static partial void Acquired(ILogger logger, string partition, long sequence, long epoch);

    [LoggerMessage(Level = LogLevel.Information, Message = "Partition {Partition} is given up at sequence number {Sequence}: {Reason}")]
    public static partial void Released(ILogger logger, string partition, long sequence, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Trying again: {Reason}")]
    public static partial void Waiting(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Event {Sequence} of partition {Partition} is set aside: {Reason}")]
    public static partial void SetAside(ILogger logger, string partition, long sequence, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The target does not take the document of {Id}: {Reason}")]
    public static partial void Refused(ILogger logger, string id, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "All twins are read: {Reason}")]
    public static partial void Bootstrapping(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "All twins were read: {Documents} of them, {Written} written")]
    public static partial void Bootstrapped(ILogger logger, long documents, long written);
}
