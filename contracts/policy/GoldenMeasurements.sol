// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

/// @title Golden measurements of an application
/// @notice The owner names publishers; owner and publishers say which measurements count, and from when to when.
abstract contract GoldenMeasurements is Ownable2Step {
    /// @param activeFrom unix seconds, inclusive
    /// @param activeUntil unix seconds, exclusive; 0 means the measurement is not listed
    struct Window {
        uint40 activeFrom;
        uint40 activeUntil;
    }

    event PublisherSet(address indexed publisher, bool wasPublisher, bool isPublisher);
    event GoldenMeasurementRegistered(bytes32 indexed measurement, Window oldWindow, Window newWindow);
    event GoldenMeasurementRemoved(bytes32 indexed measurement, Window oldWindow);

    error NotPublisher(address caller);
    /// @notice A measurement must end after it begins, and 0 is none.
    error GoldenMeasurementWindow(bytes32 measurement, uint40 activeFrom, uint40 activeUntil);

    mapping(address => bool) public isPublisher;
    mapping(bytes32 measurement => Window) public goldenWindow;

    modifier onlyPublisher() {
        if (msg.sender != owner() && !isPublisher[msg.sender]) revert NotPublisher(msg.sender);
        _;
    }

    function setPublisher(address publisher, bool isPublisher_) external onlyOwner {
        emit PublisherSet(publisher, isPublisher[publisher], isPublisher_);
        isPublisher[publisher] = isPublisher_;
    }

    /// @notice Admits a measurement from now on without an end.
    function addGoldenMeasurement(bytes32 measurement) external onlyPublisher {
        _setWindow(measurement, uint40(block.timestamp), type(uint40).max);
    }

    /// @notice Admits a measurement for a time; replaces the time it had.
    function addGoldenMeasurement(
        bytes32 measurement,
        uint40 activeFrom,
        uint40 activeUntil
    ) external onlyPublisher {
        _setWindow(measurement, activeFrom, activeUntil);
    }

    function removeGoldenMeasurement(bytes32 measurement) external onlyPublisher {
        emit GoldenMeasurementRemoved(measurement, goldenWindow[measurement]);
        delete goldenWindow[measurement];
    }

    /// @notice Whether a measurement counts now.
    function goldenMeasurements(bytes32 measurement) public view returns (bool) {
        Window storage window = goldenWindow[measurement];
        return block.timestamp >= window.activeFrom && block.timestamp < window.activeUntil;
    }

    function _setWindow(bytes32 measurement, uint40 activeFrom, uint40 activeUntil) private {
        if (measurement == 0 || activeFrom >= activeUntil)
            revert GoldenMeasurementWindow(measurement, activeFrom, activeUntil);
        Window memory window = Window(activeFrom, activeUntil);
        emit GoldenMeasurementRegistered(measurement, goldenWindow[measurement], window);
        goldenWindow[measurement] = window;
    }
}
