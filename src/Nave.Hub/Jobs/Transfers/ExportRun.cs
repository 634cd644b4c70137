using System.Buffers;
using Nave.Storage.Blobs;

namespace Nave.Hub.Jobs;

/// <summary>
/// Carries out an export. Nothing is visible in the container before the whole file is there, and what ends early leaves nothing: a
/// run that was cut off is done again from the start.
/// </summary>
internal sealed class ExportRun(TransferParts parts, TransferRecord job, TransferProgress progress)
{
    private const int WriteBytes = 256 * 1024;

    private static readonly BlobWriteOptions s_text = new() { ContentType = "text/plain" };

    /// <summary>Writes the blobs.</summary>
    /// <exception cref="BlobException">The container does not take them.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var container = BlobContainers.Open(job.OutputUri, parts.Blobs);
        await using var devices = await container.OpenWriteAsync(job.OutputName ?? TransferRecord.DevicesBlob, s_text, cancellationToken).ConfigureAwait(false);
        await WriteDevicesAsync(devices, cancellationToken).ConfigureAwait(false);
        if (job.IncludeConfigurations && parts.Configurations is { } configurations)
        {
            await using var blob = await container.OpenWriteAsync(
                job.ConfigurationsName ?? TransferRecord.ConfigurationsBlob, s_text, cancellationToken).ConfigureAwait(false);
            await WriteConfigurationsAsync(configurations, blob, cancellationToken).ConfigureAwait(false);
            await blob.CommitAsync(cancellationToken).ConfigureAwait(false);
        }

        // The one with the keys comes last: once it is there the job is done.
        await devices.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task WriteDevicesAsync(BlobWriteStream blob, CancellationToken cancellationToken)
    {
        var lines = new ExportLines(parts.Store, parts.Identities);
        var total = await lines.CountAsync(cancellationToken).ConfigureAwait(false);
        var buffer = new ArrayBufferWriter<byte>(WriteBytes * 2);
        var done = 0L;
        await foreach (var (identity, twin) in lines.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            ExportLineWriter.Write(buffer, identity, twin, withKeys: !job.ExcludeKeys);
            buffer.Write("\n"u8);
            progress.Report(++done, total);
            if (buffer.WrittenCount >= WriteBytes)
            {
                await blob.WriteAsync(buffer.WrittenMemory, cancellationToken).ConfigureAwait(false);
                buffer.ResetWrittenCount();
            }
        }

        await blob.WriteAsync(buffer.WrittenMemory, cancellationToken).ConfigureAwait(false);
        buffer.Clear(); // It held keys.
    }

    private static async Task WriteConfigurationsAsync(IConfigurationLines configurations, BlobWriteStream blob, CancellationToken cancellationToken)
    {
        await foreach (var line in configurations.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            await blob.WriteAsync(line, cancellationToken).ConfigureAwait(false);
            await blob.WriteAsync("\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
        }
    }
}
