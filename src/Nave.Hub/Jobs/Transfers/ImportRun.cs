using System.Buffers;
using System.IO.Pipelines;
using Nave.Api;
using Nave.Storage;
using Nave.Storage.Blobs;

namespace Nave.Hub.Jobs;

/// <summary>
/// Carries out an import. A line that fails is written down and the rest goes on. A line whose parent or device is not there yet waits
/// until all others were applied, so the order of a file does not matter. A run that was cut off goes on where it was.
/// </summary>
internal sealed class ImportRun(TransferParts parts, TransferRecord job, TransferProgress progress)
{
    private const int ReadBytes = 256 * 1024;
    private const int WriteBytes = 64 * 1024;
    private const int Devices = 0;
    private const int Configurations = 1;

    private static readonly BlobWriteOptions s_text = new() { ContentType = "text/plain" };

    /// <summary>Reads the blobs, applies their lines and writes the log of errors.</summary>
    /// <exception cref="TransferFailure">The blob is not there, or is not what it was.</exception>
    /// <exception cref="BlobException">A container does not give or take a blob.</exception>
    /// <exception cref="StorageUnavailableException">The hub's disk takes no writes now.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var input = BlobContainers.Open(job.InputUri!, parts.Blobs); // An import has one.
        using var output = BlobContainers.Open(job.OutputUri, parts.Blobs);
        var ledger = await ImportLedger.OpenAsync(parts.Store, job.Id, ImportSlots.Count, cancellationToken).ConfigureAwait(false);
        var blob = await FindAsync(input, job.InputName ?? TransferRecord.DevicesBlob, cancellationToken).ConfigureAwait(false);
        await ledger.CheckInputAsync(blob, cancellationToken).ConfigureAwait(false);

        // 1. Every line once.
        if (!ledger.IsRead)
        {
            await PassAsync(input, blob, null, (slot, line, token) => ApplyAsync(ledger, slot, line, token), cancellationToken).ConfigureAwait(false);
            await ledger.SetReadAsync(cancellationToken).ConfigureAwait(false);
        }

        // 2. Those that wait, as long as that helps some of them; then the rest has failed.
        await ApplyWaitingAsync(input, blob, ledger, cancellationToken).ConfigureAwait(false);

        // 3. Configurations, and what went wrong.
        if (job.IncludeConfigurations && parts.Configurations is { } configurations)
        {
            await ApplyConfigurationsAsync(input, configurations, ledger, cancellationToken).ConfigureAwait(false);
        }

        await WriteErrorsAsync(output, ledger, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<BlobItem> FindAsync(IBlobContainer container, string name, CancellationToken cancellationToken) =>
        await container.FindAsync(name, cancellationToken).ConfigureAwait(false)
        ?? throw new TransferFailure($"There is no blob '{name}' in the input container.");

    /// <summary>Reads the blob once and hands its lines to the slots.</summary>
    /// <param name="input">The container.</param>
    /// <param name="blob">The blob.</param>
    /// <param name="only">The lines that are wanted, in ascending order; <see langword="null"/> = all.</param>
    /// <param name="apply">What is done with them.</param>
    /// <param name="cancellationToken">Ends it.</param>
    private async Task PassAsync(
        IBlobContainer input, BlobItem blob, List<long>? only, Func<int, ImportLine, CancellationToken, Task> apply, CancellationToken cancellationToken)
    {
        var stream = await input.OpenReadAsync(blob.Name, 0, null, cancellationToken).ConfigureAwait(false)
            ?? throw new TransferFailure($"The blob '{blob.Name}' was deleted while it was imported.");
        await using var slots = new ImportSlots(apply, cancellationToken);
        try
        {
            await ReadLinesAsync(stream, only, slots, only is null ? blob.Length : 0, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // A slot has failed; what it failed of is thrown below.
        }

        await slots.CompleteAsync().ConfigureAwait(false);
    }

    private async Task ReadLinesAsync(Stream stream, List<long>? only, ImportSlots slots, long total, CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: ReadBytes));
        var splitter = new ImportLineSplitter(ImportLine.MaxBytes);
        var next = 0;
        var done = 0L;
        try
        {
            while (true)
            {
                var result = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                var buffer = result.Buffer;
                while (splitter.TryRead(ref buffer, result.IsCompleted, out var line, out var isTooLong))
                {
                    done += line.Length + 1;
                    if (splitter.Number > ImportLine.MaxLines)
                    {
                        throw new TransferFailure($"The blob has more than the {ImportLine.MaxLines} lines permitted.");
                    }

                    if ((line.IsEmpty && !isTooLong) || !IsWanted(only, ref next, splitter.Number))
                    {
                        continue;
                    }

                    var read = isTooLong
                        ? ImportLine.TooLong(splitter.Number)
                        : ImportLine.Read(splitter.Number, line.IsSingleSegment ? line.First : line.ToArray());
                    await slots.AddAsync(read).ConfigureAwait(false);
                    if (total > 0)
                    {
                        progress.Report(done, total);
                    }
                }

                reader.AdvanceTo(buffer.Start, buffer.End);
                if (result.IsCompleted || next == only?.Count)
                {
                    return;
                }
            }
        }
        finally
        {
            await reader.CompleteAsync().ConfigureAwait(false);
        }
    }

    private static bool IsWanted(List<long>? only, ref int next, long number)
    {
        if (only is null)
        {
            return true;
        }

        if (next == only.Count || only[next] != number)
        {
            return false;
        }

        next++;
        return true;
    }

    private async Task ApplyAsync(ImportLedger ledger, int slot, ImportLine line, CancellationToken cancellationToken)
    {
        if (ledger.IsDone(slot, line.Number))
        {
            return;
        }

        var error = line.Error ?? await parts.Registry.ImportAsync(line.Change!, Mark, cancellationToken).ConfigureAwait(false); // Without an error there is one.
        if (error is not null)
        {
            var transaction = new StateTransaction();
            if (line.MayWait(error))
            {
                ledger.AddMark(transaction, slot, line.Number);
                ledger.AddWaiting(transaction, line.Number);
            }
            else
            {
                Mark(transaction, error);
            }

            await parts.Store.CommitAsync(transaction, cancellationToken).ConfigureAwait(false);
        }

        ledger.Marked(slot, line.Number);

        void Mark(StateTransaction transaction, HubError? why)
        {
            ledger.AddMark(transaction, slot, line.Number);
            if (why is not null)
            {
                ledger.AddError(transaction, (Devices, line.Number), line.ToError(why));
            }
        }
    }

    private async Task ApplyWaitingAsync(IBlobContainer input, BlobItem blob, ImportLedger ledger, CancellationToken cancellationToken)
    {
        var before = long.MaxValue;
        while (await ledger.ReadWaitingAsync(cancellationToken).ConfigureAwait(false) is { Count: > 0 } waiting)
        {
            var isLast = waiting.Count == before;
            before = waiting.Count;
            await PassAsync(
                input, blob, waiting, (_, line, token) => ApplyWaitingAsync(ledger, line, isLast, token), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ApplyWaitingAsync(ImportLedger ledger, ImportLine line, bool isLast, CancellationToken cancellationToken)
    {
        var error = await parts.Registry.ImportAsync(line.Change!, Mark, cancellationToken).ConfigureAwait(false); // What waits was read once.
        if (error is not null && (isLast || !line.MayWait(error)))
        {
            var transaction = new StateTransaction();
            Mark(transaction, error);
            await parts.Store.CommitAsync(transaction, cancellationToken).ConfigureAwait(false);
        }

        void Mark(StateTransaction transaction, HubError? why)
        {
            ledger.RemoveWaiting(transaction, line.Number);
            if (why is not null)
            {
                ledger.AddError(transaction, (Devices, line.Number), line.ToError(why));
            }
        }
    }

    private async Task ApplyConfigurationsAsync(IBlobContainer input, IConfigurationLines configurations, ImportLedger ledger, CancellationToken cancellationToken)
    {
        var blob = await FindAsync(input, job.ConfigurationsName ?? TransferRecord.ConfigurationsBlob, cancellationToken).ConfigureAwait(false);
        await using var stream = await input.OpenReadAsync(blob.Name, 0, null, cancellationToken).ConfigureAwait(false)
            ?? throw new TransferFailure($"The blob '{blob.Name}' was deleted while it was imported.");

        // A hub has a hundred of them: one after the other will do.
        await new ConfigurationPass(parts.Store, configurations, ledger, job.Id, Configurations).RunAsync(stream, cancellationToken).ConfigureAwait(false);
    }

    private static async Task WriteErrorsAsync(IBlobContainer output, ImportLedger ledger, CancellationToken cancellationToken)
    {
        // Also when there are none: else the log of an earlier import would pass for this one's.
        await using var blob = await output.OpenWriteAsync(TransferRecord.ErrorsBlob, s_text, cancellationToken).ConfigureAwait(false);
        var buffer = new ArrayBufferWriter<byte>(WriteBytes * 2);
        await foreach (var error in ledger.ReadErrorsAsync(cancellationToken).ConfigureAwait(false))
        {
            buffer.Write(error.Span);
            buffer.Write("\n"u8);
            if (buffer.WrittenCount >= WriteBytes)
            {
                await blob.WriteAsync(buffer.WrittenMemory, cancellationToken).ConfigureAwait(false);
                buffer.ResetWrittenCount();
            }
        }

        if (ledger.HasMoreErrors)
        {
            buffer.Write("{\"errorCode\":\"BulkRegistryOperationFailure\",\"errorStatus\":\"Further lines failed; the log ends here.\"}\n"u8);
        }

        await blob.WriteAsync(buffer.WrittenMemory, cancellationToken).ConfigureAwait(false);
        await blob.CommitAsync(cancellationToken).ConfigureAwait(false);
    }
}
