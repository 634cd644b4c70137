using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Nave.Hub.Security;
using Nave.Storage;

namespace Nave.Hub.Jobs;

/// <summary>Encodes and decodes documents of the collection <c>transfer-jobs</c>, under the job's id.</summary>
internal sealed class TransferCodec(string hubName, KeyProtector protector)
{
    public const string Collection = "transfer-jobs";

    private const int Format = 1;

    public byte[] Encode(TransferRecord job) => JsonSerializer.SerializeToUtf8Bytes(
        new TransferDocument
        {
            Format = Format,
            Type = job.Type,
            Status = job.Status,
            Created = job.Created,
            Ended = job.Ended,
            FailureReason = job.FailureReason,
            Input = job.InputUri is null ? null : Protect(job.InputUri, job.Id),
            InputName = job.InputName,
            Output = Protect(job.OutputUri, job.Id),
            OutputName = job.OutputName,
            ExcludeKeys = job.ExcludeKeys,
            IncludeConfigurations = job.IncludeConfigurations,
            ConfigurationsName = job.ConfigurationsName,
        },
        TransferJson.Default.TransferDocument);

    /// <summary>Decodes a document.</summary>
    /// <exception cref="InvalidDataException">It is damaged, of a later format, or was encrypted with another key.</exception>
    public TransferRecord Decode(StateDocument stored)
    {
        try
        {
            var document = JsonSerializer.Deserialize(stored.Body.Span, TransferJson.Default.TransferDocument);
            if (document is not { Format: Format })
            {
                throw new InvalidDataException($"The job '{stored.Key}' has format {document?.Format}; this program reads {Format}.");
            }

            return new TransferRecord
            {
                Id = stored.Key,
                Type = document.Type,
                Status = document.Status,
                Created = document.Created,
                Ended = document.Ended,
                FailureReason = document.FailureReason,
                InputUri = document.Input is null ? null : Unprotect(document.Input, stored.Key),
                InputName = document.InputName,
                OutputUri = Unprotect(document.Output, stored.Key),
                OutputName = document.OutputName,
                ExcludeKeys = document.ExcludeKeys,
                IncludeConfigurations = document.IncludeConfigurations,
                ConfigurationsName = document.ConfigurationsName,
            };
        }
        catch (Exception e) when (e is JsonException or CryptographicException)
        {
            throw new InvalidDataException($"The job '{stored.Key}' is damaged, or was encrypted with another key.", e);
        }
    }

    private byte[] Protect(string uri, string job) => protector.Protect(Encoding.UTF8.GetBytes(uri), OwnerOf(job));

    private string Unprotect(byte[] value, string job) => Encoding.UTF8.GetString(protector.Unprotect(value, OwnerOf(job)));

    private string OwnerOf(string job) => $"job\n{hubName}\n{job}";
}
