namespace Nave.Client;

/// <summary>Carries one device's requests to the provisioning service, one at a time.</summary>
internal interface IProvisioningChannel : IAsyncDisposable
{
    /// <summary>Connects and proves the device.</summary>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>Registers.</summary>
    Task<ProvisioningAnswer> RegisterAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken);

    /// <summary>Asks how an operation stands.</summary>
    Task<ProvisioningAnswer> GetOperationAsync(string operationId, CancellationToken cancellationToken);
}
