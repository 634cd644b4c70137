namespace Nave.Hub.Provisioning;

/// <summary>One operation while it runs: callers of the same device share it.</summary>
/// <param name="key">The registration id in lower case.</param>
/// <param name="operationId">The operation id.</param>
internal sealed class RunningRegistration(string key, string operationId)
{
    private readonly TaskCompletionSource<HubResult<RegistrationRecord>> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Key { get; } = key;

    public string OperationId { get; } = operationId;

    /// <summary>Gets the end of it: the record as it was written (assigned, failed, or still assigning), or why the device may not register.</summary>
    public Task<HubResult<RegistrationRecord>> Done => _done.Task;

    /// <summary>Gets who writes the record now: the announcement must not overwrite the end.</summary>
    public SemaphoreSlim Writing { get; } = new(1, 1);

    /// <summary>Gets or sets a value indicating whether the end is on the disk; under <see cref="Writing"/>.</summary>
    public bool IsWritten { get; set; }

    public void End(HubResult<RegistrationRecord> result) => _done.TrySetResult(result);

    public void Fail(Exception exception)
    {
        _done.TrySetException(exception);
        _ = _done.Task.Exception; // Looked at: there may be nobody who waits.
    }
}
