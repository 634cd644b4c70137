namespace Nave.Storage;

/// <summary>A transaction (or a removal from the outbox) on its way to the writer; a task for its caller.</summary>
internal sealed class StateWriteRequest : TaskCompletionSource<StateOutcome>
{
    private const int Queued = 0;
    private const int Taken = 1;
    private const int Withdrawn = 2;

    private int _state;

    public StateWriteRequest(StateTransaction transaction)
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        // Encoded here, on the caller's thread: the writer's time is everybody's.
        Transaction = transaction;
        var writes = transaction.Writes;
        for (var i = 0; i < writes.Count; i++)
        {
            Bytes += writes[i].Body.Length;
            if (writes[i].Terms is { } terms)
            {
                Terms ??= new byte[writes.Count][];
                foreach (var term in terms)
                {
                    StateLimits.CheckTerm(term);
                }

                Terms[i] = TermList.Encode(terms);
            }
        }

        foreach (var entry in transaction.Outbox)
        {
            Bytes += entry.Body.Length;
        }
    }

    public StateWriteRequest(long removeThrough)
        : base(TaskCreationOptions.RunContinuationsAsynchronously) => RemoveThrough = removeThrough;

    /// <summary>Gets the transaction; null if this removes from the outbox.</summary>
    public StateTransaction? Transaction { get; }

    /// <summary>Gets, for each write, its terms as a <see cref="TermList"/>; null where they stay as they are.</summary>
    public byte[]?[]? Terms { get; }

    /// <summary>Gets the last entry of the outbox to remove.</summary>
    public long RemoveThrough { get; }

    /// <summary>Gets the size of all bodies.</summary>
    public long Bytes { get; }

    /// <summary>Gets or sets what became of it, told to the caller once it is durable.</summary>
    public StateOutcome Outcome { get; set; }

    /// <summary>Takes it for applying. From then on it cannot be withdrawn, and ends with the true outcome.</summary>
    /// <returns>False if the caller has withdrawn it: it must not be applied.</returns>
    public bool TryTake() => Interlocked.CompareExchange(ref _state, Taken, Queued) == Queued;

    /// <summary>Cancels it if it is not taken yet.</summary>
    public void Withdraw(CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, Withdrawn, Queued) == Queued)
        {
            TrySetCanceled(cancellationToken);
        }
    }
}
