using System.Globalization;
using System.Runtime.CompilerServices;
using Nave.Api;

namespace Nave.Client;

/// <content>Jobs: imports, exports, and what is scheduled for many devices.</content>
public sealed partial class ServiceClient
{
    private static readonly TimeSpan s_firstPoll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_longestPoll = TimeSpan.FromSeconds(5);

    /// <summary>Creates an import or export job.</summary>
    /// <param name="job">Type, containers and blob names; what the hub fills in is ignored.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The job with its id.</returns>
    /// <exception cref="HubException">400004, 400008 (a container's URI), 403003 (Azure: another one runs; Nave: ten wait).</exception>
    public async Task<JobProperties> CreateTransferJobAsync(JobProperties job, CancellationToken cancellationToken = default)
    {
        var call = new HubCall(HttpMethod.Post, "jobs/create") { Body = Serialize(job, ApiJson.Wire.JobProperties) };
        return Deserialize((await _http.SendAsync(call, cancellationToken).ConfigureAwait(false)).Body, ApiJson.Default.JobProperties);
    }

    /// <summary>Gets an import or export job.</summary>
    /// <exception cref="HubException">404002.</exception>
    public Task<JobProperties> GetTransferJobAsync(string jobId, CancellationToken cancellationToken = default) =>
        GetAsync($"jobs/{Escape(jobId)}", string.Empty, ApiJson.Default.JobProperties, cancellationToken);

    /// <summary>Lists the import and export jobs that the hub remembers.</summary>
    public Task<IReadOnlyList<JobProperties>> ListTransferJobsAsync(CancellationToken cancellationToken = default) =>
        GetAsync("jobs", string.Empty, ApiJson.Default.IReadOnlyListJobProperties, cancellationToken);

    /// <summary>Cancels an import or export job.</summary>
    /// <exception cref="HubException">404002.</exception>
    public Task CancelTransferJobAsync(string jobId, CancellationToken cancellationToken = default) =>
        _http.SendAsync(new HubCall(HttpMethod.Delete, $"jobs/{Escape(jobId)}"), cancellationToken);

    /// <summary>Waits until an import or export job has ended.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="progress">Told of the job each time it was looked at; or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends the wait, not the job.</param>
    /// <returns>The job as it ended.</returns>
    /// <exception cref="HubException">404002.</exception>
    public async Task<JobProperties> WaitForTransferJobAsync(string jobId, Action<JobProperties>? progress = null, CancellationToken cancellationToken = default)
    {
        for (var delay = s_firstPoll; ; delay = delay * 2 < s_longestPoll ? delay * 2 : s_longestPoll)
        {
            var job = await GetTransferJobAsync(jobId, cancellationToken).ConfigureAwait(false);
            progress?.Invoke(job);
            if (job.Status is JobStatus.Completed or JobStatus.Failed or JobStatus.Cancelled)
            {
                return job;
            }

            await Task.Delay(delay, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Schedules a direct method or a twin update for many devices.</summary>
    /// <param name="jobId">The job's id: 1 to 64 letters, digits and <c>- _ .</c></param>
    /// <param name="job">What is to be done, where and when.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="HubException">400004, 409104 (there is a job of that id), 429004 (too many wait).</exception>
    public async Task<JobResponse> ScheduleJobAsync(string jobId, JobRequest job, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        var call = new HubCall(HttpMethod.Put, $"jobs/v2/{Escape(jobId)}") { Body = Serialize(job with { JobId = jobId }, ApiJson.Wire.JobRequest) };
        return Deserialize((await _http.SendAsync(call, cancellationToken).ConfigureAwait(false)).Body, ApiJson.Default.JobResponse);
    }

    /// <summary>Gets a scheduled job.</summary>
    /// <exception cref="HubException">404002.</exception>
    public Task<JobResponse> GetScheduledJobAsync(string jobId, CancellationToken cancellationToken = default) =>
        GetAsync($"jobs/v2/{Escape(jobId)}", string.Empty, ApiJson.Default.JobResponse, cancellationToken);

    /// <summary>Cancels a scheduled job; devices that are done stay so.</summary>
    /// <exception cref="HubException">404002.</exception>
    public async Task<JobResponse> CancelScheduledJobAsync(string jobId, CancellationToken cancellationToken = default)
    {
        var call = new HubCall(HttpMethod.Post, $"jobs/v2/{Escape(jobId)}/cancel") { IsIdempotent = true };
        return Deserialize((await _http.SendAsync(call, cancellationToken).ConfigureAwait(false)).Body, ApiJson.Default.JobResponse);
    }

    /// <summary>Lists scheduled jobs, page by page as they are asked for. What became of each device is in <c>SELECT * FROM devices.jobs</c>.</summary>
    /// <param name="type">Only those of a type; <see langword="null"/> = all.</param>
    /// <param name="status">Only those with a status; <see langword="null"/> = all.</param>
    /// <param name="pageSize">1 to 1000.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    public async IAsyncEnumerable<JobResponse> QueryScheduledJobsAsync(
        JobType? type = null, JobStatus? status = null, int pageSize = 100, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var query = (type is { } t ? $"&jobType={WireNames.Of(t)}" : string.Empty) + (status is { } s ? $"&jobStatus={WireNames.Of(s)}" : string.Empty);
        string? continuation = null;
        do
        {
            var call = new HubCall(HttpMethod.Get, "jobs/v2/query") { Query = query };
            call.Headers.Add(new("x-ms-max-item-count", pageSize.ToString(CultureInfo.InvariantCulture)));
            if (continuation is not null)
            {
                call.Headers.Add(new("x-ms-continuation", continuation));
            }

            var answer = await _http.SendAsync(call, cancellationToken).ConfigureAwait(false);
            foreach (var job in Deserialize(answer.Body, ApiJson.Default.IReadOnlyListJobResponse))
            {
                yield return job;
            }

            continuation = answer.Continuation;
        }
        while (continuation is not null);
    }
}
