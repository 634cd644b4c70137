using Nave.Hub.Telemetry;
using Nave.Storage;

namespace Nave.Server.Http.Device;

/// <summary>The staging area that all requests to one hub share.</summary>
internal sealed class SharedAppender
{
    private volatile TaskCompletionSource _next = NewSignal();

    public SharedAppender(TelemetryIngest telemetry) => Appender = telemetry.CreateAppender(BatchCompleted);

    public ILogAppender Appender { get; }

    /// <summary>Gets a task that ends with the next commit. Take it before staging, so that no commit is missed.</summary>
    public Task NextBatch => _next.Task;

    private void BatchCompleted() => Interlocked.Exchange(ref _next, NewSignal()).SetResult();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
