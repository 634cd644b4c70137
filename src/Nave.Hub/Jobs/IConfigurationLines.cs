using Nave.Api;
using Nave.Storage;

namespace Nave.Hub.Jobs;

/// <summary>The hub's configurations as import and export jobs see them: a JSON line each, in the form of Azure's configurations blob.</summary>
internal interface IConfigurationLines
{
    /// <summary>
    /// Reads all configurations in the order of their ids, each as one line of JSON without a line end:
    /// <c>{"id","schemaVersion","importMode":"createOrUpdate","labels","targetCondition","priority","content","metrics"}</c>. A line is
    /// valid until the next is asked for.
    /// </summary>
    IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Applies one line of a configurations blob; its <c>importMode</c> is one of <see cref="ImportMode"/>, in any letter case.</summary>
    /// <param name="line">The line.</param>
    /// <param name="mark">
    /// Adds the job's own writes to the transaction that applies the line, so that a line is never applied twice; called once for each
    /// attempt to commit.
    /// </param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns><see langword="null"/>, or why the line was not applied: then nothing was written, the mark neither.</returns>
    ValueTask<HubError?> ApplyAsync(ReadOnlyMemory<byte> line, Action<StateTransaction> mark, CancellationToken cancellationToken);
}
