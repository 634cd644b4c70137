using System.Buffers;
using System.Runtime.CompilerServices;
using Nave.Api;
using Nave.Hub.Devices;
using Nave.Storage;

namespace Nave.Hub.Jobs;

/// <summary>The registry as lines of an export, without a job and a container: what copies a hub, keeps a mirror of it or archives it works with.</summary>
public sealed class RegistryLines
{
    /// <summary>The most lines of one <see cref="ApplyAsync"/>: all are under way at once.</summary>
    public const int MaxLines = 1000;

    private readonly ExportLines _lines;
    private readonly DeviceRegistry _registry;

    internal RegistryLines(IStateStore store, IdentityCodec codec, DeviceRegistry registry)
    {
        _lines = new ExportLines(store, codec);
        _registry = registry;
    }

    /// <summary>Reads lines in the order of ids, the modules of a device after it, each with its line end. A line is valid until the next is asked for.</summary>
    /// <param name="withKeys">Whether symmetric keys are given.</param>
    /// <param name="deviceIds">The devices that are wanted, with their modules, in this order; those that are not there are left out. <see langword="null"/> = all.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="StorageUnavailableException">The disk could not be read.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        bool withKeys, IReadOnlyList<string>? deviceIds, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var all = deviceIds is null ? _lines.ReadAsync(cancellationToken) : _lines.ReadAsync(deviceIds, cancellationToken);
        await foreach (var (identity, twin) in all.ConfigureAwait(false))
        {
            buffer.ResetWrittenCount();
            ExportLineWriter.Write(buffer, identity, twin, withKeys);
            buffer.Write("\n"u8);
            yield return buffer.WrittenMemory;
        }
    }

    /// <summary>
    /// Applies lines as an import job does, each on its own; those of one device in their order, and a line whose parent or device is among the
    /// others after it. A delete of what is not there is done.
    /// </summary>
    /// <param name="lines">Each without its line end.</param>
    /// <param name="cancellationToken">Ends the call; lines under way are finished.</param>
    /// <returns>What became of them; or 400004: there are more than <see cref="MaxLines"/>, and nothing was applied.</returns>
    /// <exception cref="StorageUnavailableException">The disk is full or has failed; some lines may have been applied.</exception>
    public async ValueTask<HubResult<RegistryWriteResult>> ApplyAsync(IReadOnlyList<ReadOnlyMemory<byte>> lines, CancellationToken cancellationToken)
    {
        if (lines.Count > MaxLines)
        {
            return new HubError(HubErrorCode.ArgumentInvalid, $"There are {lines.Count} lines; at most {MaxLines} are permitted.");
        }

        var errors = new HubError?[lines.Count];
        var open = lines.Select((utf8, index) => ImportLine.Read(index, utf8)).ToList();
        while (true)
        {
            await Task.WhenAll(open.GroupBy(line => line.DeviceId ?? string.Empty, StringComparer.Ordinal).Select(family => ApplyFamilyAsync(family, errors, cancellationToken)))
                .ConfigureAwait(false);
            var waiting = open.Where(line => errors[line.Number] is { } error && line.MayWait(error)).ToList();
            if (waiting.Count == 0 || waiting.Count == open.Count)
            {
                break;
            }

            open = waiting;
        }

        var failed = Enumerable.Range(0, errors.Length).Where(index => errors[index] is not null).Select(index => ErrorOf(index, lines[index], errors[index]!)).ToArray();
        return new RegistryWriteResult { Applied = lines.Count - failed.Length, Errors = failed };
    }

    private async Task ApplyFamilyAsync(IEnumerable<ImportLine> family, HubError?[] errors, CancellationToken cancellationToken)
    {
        foreach (var line in family)
        {
            HubError? wrongTwin = null;
            var error = line.Error
                ?? await _registry.ImportAsync(line.Change!, (_, why) => wrongTwin = why, cancellationToken).ConfigureAwait(false); // Without an error there is one.
            var isGone = line.Change?.ImportMode == ImportMode.Delete && error?.Code is (HubErrorCode.DeviceNotFound or HubErrorCode.ModuleNotFound);
            errors[line.Number] = isGone ? null : error ?? wrongTwin;
        }
    }

    private static RegistryWriteError ErrorOf(int index, ReadOnlyMemory<byte> utf8, HubError error)
    {
        var line = ImportLine.Read(index, utf8);
        return new RegistryWriteError
        {
            Index = index, DeviceId = line.DeviceId, ModuleId = line.ModuleId, ErrorCode = error.Code.ToString(), ErrorStatus = error.Message,
        };
    }
}
