using System.Globalization;
using Microsoft.AspNetCore.Http;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Provisioning;
using Nave.Hub.Security;

namespace Nave.Server.Http.Provisioning;

/// <summary>The device side over HTTPS: register, ask for the operation, ask for the registration. Wire facts 17.3.</summary>
internal static class DeviceProvisioningEndpoints
{
    public static void Map(ProvisioningRoutes routes)
    {
        routes.Device("PUT", "/{scope}/registrations/{id}/register", RegisterAsync);
        routes.Device("GET", "/{scope}/registrations/{id}/operations/{operation}", GetOperationAsync);
        routes.Device("POST", "/{scope}/registrations/{id}", GetStatusAsync);
    }

    private static async Task RegisterAsync(ProvisioningRequest request)
    {
        // 1. The body first: a TPM is challenged by what is in it.
        var body = await request.ReadBodyAsync(ProvisioningService.MaxRegisterBytes);
        if (!body.IsSuccess)
        {
            await request.WriteErrorAsync(body.Error);
            return;
        }

        if (request.Token is null && TpmOf(body.Value) is { } tpm)
        {
            await ChallengeAsync(request, tpm);
            return;
        }

        // 2. Who.
        var device = await AuthenticateAsync(request);
        if (!device.IsSuccess)
        {
            await request.WriteErrorAsync(device.Error);
            return;
        }

        await WriteAsync(request, await request.Service.RegisterAsync(device.Value, body.Value, request.Aborted));
    }

    private static async Task GetOperationAsync(ProvisioningRequest request)
    {
        var device = await AuthenticateAsync(request);
        if (!device.IsSuccess)
        {
            await request.WriteErrorAsync(device.Error);
            return;
        }

        await WriteAsync(request, await request.Service.GetOperationAsync(device.Value, request.Route("operation"), request.Aborted));
    }

    private static async Task GetStatusAsync(ProvisioningRequest request)
    {
        var device = await AuthenticateAsync(request);
        if (!device.IsSuccess)
        {
            await request.WriteErrorAsync(device.Error);
            return;
        }

        var state = await request.Service.GetStatusAsync(device.Value, request.Aborted);
        await (state.IsSuccess
            ? request.WriteJsonAsync(state.Value, ProvisioningJson.Wire.DeviceRegistrationState)
            : request.WriteErrorAsync(state.Error));
    }

    private static ValueTask<HubResult<ProvisioningPrincipal>> AuthenticateAsync(ProvisioningRequest request)
    {
        var chain = HubRoutes.ClientChain(request.Context);
        return request.Service.AuthenticateAsync(
            request.Route("scope"), request.Route("id"), new DeviceCredential(request.Token, chain.FirstOrDefault(), chain), request.Aborted);
    }

    // Whatever else is wrong with the body is said once the device has proved who it is.
    private static TpmAttestation? TpmOf(ReadOnlyMemory<byte> body) =>
        ApiJson.TryRead(body.Span, ProvisioningJson.Default.DeviceRegistrationRequest, out var request, out _) ? request.Tpm : null;

    private static async Task ChallengeAsync(ProvisioningRequest request, TpmAttestation tpm)
    {
        var evidence = new TpmEvidence(Decode(tpm.EndorsementKey), Decode(tpm.StorageRootKey));
        var challenge = await request.Service.ChallengeAsync(request.Route("scope"), request.Route("id"), evidence, request.Aborted);
        await (challenge.IsSuccess
            ? request.WriteJsonAsync(
                new TpmChallengeBody
                {
                    Message = "Authorization required: sign a token with the key that the TPM activates from authenticationKey.",
                    AuthenticationKey = Convert.ToBase64String(challenge.Value.Blob.Span),
                    KeyName = challenge.Value.KeyName,
                },
                ProvisioningJson.Wire.TpmChallengeBody,
                StatusCodes.Status401Unauthorized)
            : request.WriteErrorAsync(challenge.Error));
    }

    // What is no base64 is no key, and is refused as such.
    private static ReadOnlyMemory<byte> Decode(string? text)
    {
        var bytes = new byte[text?.Length ?? 0];
        return Convert.TryFromBase64String(text ?? string.Empty, bytes, out var length) ? bytes.AsMemory(0, length) : default;
    }

    private static Task WriteAsync(ProvisioningRequest request, HubResult<RegistrationProgress> progress)
    {
        if (!progress.IsSuccess)
        {
            return request.WriteErrorAsync(progress.Error);
        }

        if (progress.Value.RetryAfter is { } wait)
        {
            request.Context.Response.Headers.RetryAfter = ((int)wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        return request.WriteJsonAsync(progress.Value.ToJson(), progress.Value.HttpStatus);
    }
}
