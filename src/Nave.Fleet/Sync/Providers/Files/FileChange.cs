namespace Nave.Fleet.Sync.Providers.Files;

/// <summary>A change of one device that waits to be written.</summary>
/// <param name="Key">Which device.</param>
/// <param name="Device">What it shall be; <see langword="null"/> = it goes.</param>
/// <param name="IsNew">Whether it must not be there yet.</param>
internal sealed record FileChange(string Key, ExternalDevice? Device, bool IsNew)
{
    private readonly TaskCompletionSource<bool> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Gets or sets a value indicating whether the device was found in the file.</summary>
    public bool WasThere { get; set; }

    /// <summary>Gets what ends when the change is durable: whether the device was there.</summary>
    public Task<bool> Done => _done.Task;

    public void Complete() => _done.TrySetResult(WasThere);

    public void Fail(Exception exception) => _done.TrySetException(exception);
}
