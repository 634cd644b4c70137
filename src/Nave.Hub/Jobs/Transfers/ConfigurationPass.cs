using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using Nave.Api;
using Nave.Storage;

namespace Nave.Hub.Jobs;

/// <summary>Applies the lines of a configurations blob, one after the other; each once, however often the run is cut off.</summary>
internal sealed class ConfigurationPass(IStateStore store, IConfigurationLines configurations, ImportLedger ledger, string job, int file)
{
    // A deployment's content may have a few hundred KiB.
    private const int MaxLineBytes = 4 * 1024 * 1024;

    private readonly string _key = job + "/configurations";

    /// <summary>Applies all lines.</summary>
    public async Task RunAsync(Stream stream, CancellationToken cancellationToken)
    {
        var done = await store.ReadAsync(ImportLedger.Marks, _key, cancellationToken).ConfigureAwait(false) is { } mark
            ? StoredNumber.Read(mark.Body.Span, ImportLedger.Marks)
            : 0;
        var reader = PipeReader.Create(stream);
        var splitter = new ImportLineSplitter(MaxLineBytes);
        try
        {
            while (true)
            {
                var result = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                var buffer = result.Buffer;
                while (splitter.TryRead(ref buffer, result.IsCompleted, out var line, out var isTooLong))
                {
                    if (splitter.Number > done && (isTooLong || !line.IsEmpty))
                    {
                        await ApplyAsync(splitter.Number, line.ToArray(), isTooLong, cancellationToken).ConfigureAwait(false);
                    }
                }

                reader.AdvanceTo(buffer.Start, buffer.End);
                if (result.IsCompleted)
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

    private async Task ApplyAsync(long number, byte[] line, bool isTooLong, CancellationToken cancellationToken)
    {
        var error = isTooLong
            ? new HubError(HubErrorCode.MessageTooLarge, string.Create(CultureInfo.InvariantCulture, $"It is longer than the {MaxLineBytes} bytes permitted."))
            : await configurations.ApplyAsync(line, Mark, cancellationToken).ConfigureAwait(false);
        if (error is not null)
        {
            var transaction = new StateTransaction();
            Mark(transaction);
            ledger.AddError(transaction, (file, number), new ImportErrorLine
            {
                ConfigurationId = IdOf(line),
                ErrorCode = error.Code.ToString(),
                ErrorStatus = string.Create(CultureInfo.InvariantCulture, $"Configurations, line {number}: {error.Message}"),
            });
            await store.CommitAsync(transaction, cancellationToken).ConfigureAwait(false);
        }

        void Mark(StateTransaction transaction)
        {
            var bytes = new byte[sizeof(long)];
            System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
            transaction.Put(ImportLedger.Marks, _key, bytes);
        }
    }

    private static string IdOf(byte[] line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("id"u8, out var id) && id.ValueKind == JsonValueKind.String
                ? id.GetString() ?? string.Empty
                : string.Empty;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return string.Empty;
        }
    }
}
