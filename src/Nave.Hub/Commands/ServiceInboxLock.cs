namespace Nave.Hub.Commands;

/// <summary>What one receiver holds: the records that it was handed together.</summary>
/// <param name="token">What settles them.</param>
/// <param name="deadline">When the lock lapses, in the hub's <see cref="SteadyClock"/>.</param>
/// <param name="entries">The records.</param>
internal sealed class ServiceInboxLock(Guid token, long deadline, ServiceInboxEntry[] entries)
{
    private volatile ServiceInboxEntry[] _entries = entries;

    /// <summary>Gets what settles them.</summary>
    public Guid Token { get; } = token;

    /// <summary>Gets when the lock lapses.</summary>
    public long Deadline { get; } = deadline;

    /// <summary>Gets or sets the records: fewer, once a device of theirs is deleted. Replaced whole, with the queue locked.</summary>
    public ServiceInboxEntry[] Entries
    {
        get => _entries;
        set => _entries = value;
    }
}
