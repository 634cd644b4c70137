using System.Text.Json;
using Nave.Api;
using Nave.Storage;

namespace Nave.Hub.Jobs;

/// <summary>Encodes and decodes documents of the collection <c>scheduled-jobs</c>, under the job's id.</summary>
internal static class ScheduledJobCodec
{
    public const string Collection = "scheduled-jobs";

    private const int Format = 1;

    public static byte[] Encode(ScheduledJob job) => JsonSerializer.SerializeToUtf8Bytes(
        new ScheduledJobDocument
        {
            Format = Format,
            Request = JsonSerializer.SerializeToUtf8Bytes(job.Request, ApiJson.Wire.JobRequest),
            Status = job.Status,
            Created = job.Created,
            Start = job.Start,
            Started = job.Started,
            Ended = job.Ended,
            FailureReason = job.FailureReason,
            ExpandedTo = job.ExpandedTo,
            IsExpanded = job.IsExpanded,
            IsSettled = job.IsSettled,
            Devices = job.Statistics.DeviceCount,
            Succeeded = job.Statistics.SucceededCount,
            Failed = job.Statistics.FailedCount,
        },
        ScheduledJobJson.Default.ScheduledJobDocument);

    /// <summary>Decodes a document.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or of a later format.</exception>
    public static ScheduledJob Decode(StateDocument stored)
    {
        try
        {
            var document = JsonSerializer.Deserialize(stored.Body.Span, ScheduledJobJson.Default.ScheduledJobDocument);
            if (document is not { Format: Format } || !ApiJson.TryRead(document.Request, ApiJson.Default.JobRequest, out var request, out _))
            {
                throw new InvalidDataException($"The job '{stored.Key}' has format {document?.Format}; this program reads {Format}, or it is damaged.");
            }

            return new ScheduledJob
            {
                Id = stored.Key,
                Request = request,
                Status = document.Status,
                Created = document.Created,
                Start = document.Start,
                Started = document.Started,
                Ended = document.Ended,
                FailureReason = document.FailureReason,
                ExpandedTo = document.ExpandedTo,
                IsExpanded = document.IsExpanded,
                IsSettled = document.IsSettled,
                Statistics = new DeviceJobStatistics { DeviceCount = document.Devices, SucceededCount = document.Succeeded, FailedCount = document.Failed },
            };
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The job '{stored.Key}' is damaged.", e);
        }
    }
}
