namespace Nave.Testing;

/// <summary>One step of a random history: a transaction, then perhaps a removal from the outbox, then perhaps a restart.</summary>
/// <param name="Writes">The writes of the transaction.</param>
/// <param name="Published">How many entries it adds to the outbox.</param>
/// <param name="Remove">How many entries are removed then, from the oldest on.</param>
/// <param name="Reopen">Whether the store is closed and opened then.</param>
public sealed record StateModelStep(StateModelWrite[] Writes, int Published, int Remove, bool Reopen)
{
    /// <inheritdoc/>
    public override string ToString() => $"[{string.Join("; ", Writes.AsEnumerable())}] publish {Published}, remove {Remove}{(Reopen ? ", reopen" : "")}";
}
