namespace Nave.Storage.Files;

/// <summary>An open file of the log with its index, shared by all who read it. Give it back by disposing the lease.</summary>
internal sealed class OpenSegment(Segment segment, IDiskFile file, SegmentIndex index)
{
    private int _users = 1;

    public Segment Segment { get; } = segment;

    public IDiskFile File { get; } = file;

    public SegmentIndex Index { get; } = index;

    /// <summary>Takes part in its use; false if the last user has gone.</summary>
    public bool TryAddUser()
    {
        var users = Volatile.Read(ref _users);
        while (users > 0)
        {
            var seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
            {
                return true;
            }

            users = seen;
        }

        return false;
    }

    public void RemoveUser()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            File.Dispose();
        }
    }
}
